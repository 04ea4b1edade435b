"""Begin a new rule: `python -m tests.new_rule MIG1xx its-name` writes its page and its function.

The first free code of the family is taken, or the one that is given in full.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from migralint import registry

ROOT = Path(__file__).resolve().parent.parent

PAGE = """# {name} ({code})

What happens, in one or two sentences, for somebody whose deploy is blocked.

```sql earlier
CREATE TABLE users (id bigint PRIMARY KEY, email text);
```

## Bad

```sql bad
ALTER TABLE users ADD COLUMN name text;  -- {code}
```

## Good

```sql good
SELECT 1;
```

## Why

Which lock, for how long, on which versions; a manual or a measurement says so.

## When it is fine

"""

FUNCTION = '''

@rule("{code}", on=AddColumn, dialects=POSTGRESQL, severity=WARNING)
def {function}(op: AddColumn, ctx: Context) -> Iterator[Finding]:
    """One sentence that says the danger, ending in a period."""
    if not ctx.is_live(op.table):
        return
    yield ctx.finding(
        op,
        f"What this does to {{op.table}}, with the lock named and explained.",
        help="What to write instead, in one line.",
    )
'''

HEAD = '''"""{family}: what the rules of this module have in common."""

from __future__ import annotations

from collections.abc import Iterator

from migralint.context import Context
from migralint.finding import WARNING, Finding
from migralint.ops import AddColumn
from migralint.registry import rule
from migralint.rules._hazards import POSTGRESQL
'''


def free(code: str) -> str:
    """The code itself, or for MIG1xx the first one of the family that no rule has."""
    taken = registry.load()
    if re.fullmatch(r"MIG\d{3}", code):
        if code in taken:
            raise SystemExit(f"{code} is {taken[code].name}")
        return code
    match = re.fullmatch(r"MIG(\d)xx", code)
    if match is None:
        raise SystemExit(f"{code}: write a code (MIG123) or a family (MIG1xx)")
    codes = (f"MIG{match[1]}{number:02}" for number in range(1, 100))
    return next(each for each in codes if each not in taken)


def module(code: str, root: Path) -> Path:
    """The family's module, or the shortest of those that it is split into."""
    family = registry.FAMILIES[code[3]]
    found = sorted((root / "migralint" / "rules").glob(f"{family}*.py"))
    return min(
        found, key=lambda path: path.stat().st_size, default=root / f"migralint/rules/{family}.py"
    )


def write(code: str, name: str, root: Path = ROOT) -> list[Path]:
    """Write the page and the function; the files that were written."""
    if not re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", name):
        raise SystemExit(f"{name}: a name is of small letters and dashes, and says the danger")
    code = free(code)
    page = root / "rules" / f"{name}.md"
    if page.exists():
        raise SystemExit(f"{page} is there already")
    path = module(code, root)
    head = "" if path.exists() else HEAD.format(family=registry.FAMILIES[code[3]].capitalize())
    page.write_text(PAGE.format(code=code, name=name), encoding="utf-8")
    with path.open("a", encoding="utf-8") as file:
        file.write(head + FUNCTION.format(code=code, function=name.replace("-", "_")))
    return [page, path]


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    for written in write(sys.argv[1], sys.argv[2]):
        print(written.relative_to(ROOT))
    print("Now write both, and `pytest --update` for the index.")
