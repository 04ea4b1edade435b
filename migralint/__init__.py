"""A linter for database migrations: what each one does to a running database."""

__version__ = "0.1.0"
__all__ = ["__version__"]
