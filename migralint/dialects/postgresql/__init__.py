"""PostgreSQL: what its statements say, and what they do to a running server.

`parse` makes operations of text, `locate` finds an operation's own words, `order` and `effects` say
what happens.
"""

from __future__ import annotations

from migralint.dialects.postgresql.effects import effects, order
from migralint.dialects.postgresql.locate import locate, locate_part
from migralint.dialects.postgresql.parse import parse
from migralint.migration import Statement
from migralint.ops import Op
from migralint.source import Edit

__all__ = ["clause", "edits", "effects", "emit", "locate", "locate_part", "order", "parse"]


# Only a fix needs these, so they are imported then.


def emit(*ops: Op) -> str | None:
    """One statement that does all this; see `words.py`."""
    from migralint.dialects.postgresql import words

    return words.emit(*ops)


def clause(op: Op) -> str | None:
    """What ALTER TABLE says after the table's name; see `words.py`."""
    from migralint.dialects.postgresql import words

    return words.clause(op)


def edits(statement: Statement, op: Op, new: Op) -> tuple[Edit, ...] | None:
    """What makes an operation of a statement say something else; see `words.py`."""
    from migralint.dialects.postgresql import words

    return words.edits(statement, op, new)
