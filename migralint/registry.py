"""The rules: one decorator, one table."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from migralint.errors import ConfigurationError, UsageError
from migralint.finding import Finding, Severity

if TYPE_CHECKING:
    from migralint.context import Context

FAMILIES = {
    "0": "input",
    "1": "availability",
    "2": "compatibility",
    "3": "data",
    "4": "transactions",
    "5": "reversibility",
    "6": "history",
    "7": "backfills",
    "8": "design",
    "9": "security",
}
"""The first digit of a code, and the family that it stands for."""

When = Literal["always", "fails", "autocommit", "blocks"]
"""The operations that a rule is called with: any, those certain to fail, those that refuse to run
in
a transaction, or those that keep ordinary work on live tables waiting."""

Check = Callable[[Any, "Context"], Iterator[Finding]]
_Check = TypeVar("_Check", bound=Callable[[Any, Any], Iterable[Finding]])


class Rule(Struct, frozen=True):
    code: str
    name: str
    summary: str
    """The first sentence of its function's docstring."""
    severity: Severity
    on: tuple[type, ...]
    check: Check
    dialects: frozenset[str]
    """Empty: all."""
    default: bool
    down: bool
    """It also judges the way back."""
    when: When = "always"
    once: bool = False
    """One finding a statement and table is enough: the first, which then names the others."""
    plugin: str = ""
    """The module that brought it, where it is none of migralint's own."""
    instead_of: tuple[str, ...] = ()
    """Codes of more general rules, which are silent about a statement that this one speaks of (of a
    file, where it speaks of one) and names their part of the damage."""

    @property
    def family(self) -> str:
        return family_of(self.code)


RULES: dict[str, Rule] = {}
"""All rules by code, once `load` has run."""
OWN = "MIG"
"""What migralint's own codes begin with."""
_CODE = re.compile(r"(?!MIG)[A-Z]{1,3}\d{3}\Z")
"""A code of somebody else's: as flake8 takes them, and none of ours."""
_PLUGGED: set[str] = set()


def rule(
    code: str,
    *,
    on: type | tuple[type, ...],
    severity: Severity,
    dialects: Iterable[str] = (),
    default: bool | None = None,
    down: bool | None = None,
    when: When = "always",
    once: bool = False,
    instead_of: tuple[str, ...] = (),
) -> Callable[[_Check], _Check]:
    """Register a function as a rule: its name is the rule's (with dashes), its docstring the
    summary.

    `on` are the operations (or Statement, Migration, Project) that it is called with. `default`: on
    unless family MIG8.
    `when` spares the call for the many operations that a rule has nothing to say of.
    `down`: families MIG0 and MIG4 judge the way back too, others do not.
    """

    def register(check: _Check) -> _Check:
        name = check.__name__.strip("_").replace("_", "-")
        summary = (inspect.getdoc(check) or "").partition("\n\n")[0].replace("\n", " ")
        _add(
            Rule(
                code=code,
                name=name,
                summary=summary,
                severity=severity,
                on=on if isinstance(on, tuple) else (on,),
                check=check,  # type: ignore[arg-type]  # any iterable of findings does
                dialects=frozenset(dialects),
                default=not _is(code, "8") if default is None else default,
                down=_is(code, "04") if down is None else down,
                when=when,
                once=once,
                plugin="" if code.startswith(OWN) else check.__module__,
                instead_of=instead_of,
            )
        )
        return check

    return register


def family_of(code: str) -> str:
    """The family of a rule's code; of another's rules, "custom"."""
    return FAMILIES[code[3]] if code.startswith(OWN) else "custom"


def _is(code: str, families: str) -> bool:
    """It is a code of ours, of one of these families."""
    return code.startswith(OWN) and code[3] in families


def reported(
    code: str,
    name: str,
    summary: str,
    *,
    severity: Severity,
    instead_of: tuple[str, ...] = (),
    default: bool = True,
) -> None:
    """Register a rule whose findings are made elsewhere: by a reader (a Problem of its name) or
    from ignore comments."""
    nobody: frozenset[str] = frozenset()
    new = Rule(code, name, summary, severity, (), _never, nobody, default=default, down=True)
    _add(replace(new, instead_of=instead_of))


def _never(subject: Any, context: Context) -> Iterator[Finding]:
    raise AssertionError("a reported rule is not called")


def _add(new: Rule) -> None:
    if new.code in RULES:
        raise ValueError(
            f"{new.code} is {RULES[new.code].name} already; {new.name} needs a code of its own"
        )
    RULES[new.code] = new


def load() -> dict[str, Rule]:
    """Import all rule modules, once; the table of rules."""
    if not RULES:
        package = importlib.import_module("migralint.rules")
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"migralint.rules.{module.name}")
        for code in sorted(RULES):
            RULES[code] = RULES.pop(code)
    return RULES


def plug(modules: Iterable[str], folder: str) -> None:
    """Import the modules of a project's own rules, each once; a folder that they may lie in comes
    last on the path. Raises ConfigurationError where that fails."""
    load()
    for name in modules:
        if name in _PLUGGED:
            continue
        before = dict(RULES)
        path = list(sys.path)
        sys.path.append(folder)
        try:
            importlib.import_module(name)
            wrong = [code for code in RULES if code not in before and not _CODE.match(code)]
            if wrong:
                raise ValueError(f"{wrong[0]} is no code: it takes one to three letters, not MIG")
        except Exception as why:
            RULES.clear()
            RULES.update(before)
            sys.modules.pop(name, None)
            raise ConfigurationError(
                f"plugin {name} cannot be used: {type(why).__name__}: {why}"
            ) from why
        finally:
            sys.path[:] = path
        _PLUGGED.add(name)


def named(name: str) -> Rule:
    """The rule of a kebab name. Raises KeyError."""
    for each in load().values():
        if each.name == name:
            return each
    raise KeyError(name)


def resolve(selector: str) -> frozenset[str]:
    """The codes that a code, a name, a prefix (MIG1) or "all" stands for. Raises UsageError for
    anything else."""
    rules = load()
    if selector == "all":
        return frozenset(rules)
    if selector in rules:
        return frozenset({selector})
    if re.fullmatch(r"[A-Z]{1,3}\d{0,2}", selector):
        found = frozenset(code for code in rules if code.startswith(selector))
        if found:
            return found
    for each in rules.values():
        if each.name == selector:
            return frozenset({each.code})
    import difflib

    close = difflib.get_close_matches(
        selector, [*rules, *(each.name for each in rules.values())], n=1
    )
    hint = f"; did you mean {close[0]}?" if close else "; `migralint rules` lists them"
    raise UsageError(f"no rule is called {selector!r}{hint}")
