"""A linter for database migrations: what each one does to a running database.

    from migralint import lint

    for finding in lint("db/migrations", postgres_version=16).findings:
        line, column = finding.source.position(finding.span.start)
        print(f"{finding.path}:{line}:{column}: {finding.code} {finding.message}")

What stands in `__all__` is kept from one minor version to the next; all else may change.
"""

TYPE_CHECKING = False  # as typing has it, which `--version` need not import
if TYPE_CHECKING:
    from migralint.errors import ConfigurationError, MigralintError, UsageError
    from migralint.finding import Coverage, Finding, Fix, Report
    from migralint.library import lint
    from migralint.source import Edit, Source, Span

__version__ = "0.1.0"
__all__ = [
    "ConfigurationError",
    "Coverage",
    "Edit",
    "Finding",
    "Fix",
    "MigralintError",
    "Report",
    "Source",
    "Span",
    "UsageError",
    "__version__",
    "lint",
]
_PLACES = {
    "ConfigurationError": "errors",
    "Coverage": "finding",
    "Edit": "source",
    "Finding": "finding",
    "Fix": "finding",
    "MigralintError": "errors",
    "Report": "finding",
    "Source": "source",
    "Span": "source",
    "UsageError": "errors",
    "lint": "library",
}


def __getattr__(name: str) -> object:
    """Each is imported when it is first asked for: `--version` needs none of them."""
    if name in _PLACES:
        from importlib import import_module

        value: object = getattr(import_module(f"migralint.{_PLACES[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
