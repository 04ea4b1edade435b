"""PostgreSQL: what its statements say, and what they do to a running server.

`parse` makes operations of text, `locate` finds an operation's own words, `order` and `effects` say
what happens.
"""

from migralint.dialects.postgresql.effects import effects, order
from migralint.dialects.postgresql.locate import locate, locate_part
from migralint.dialects.postgresql.parse import parse

__all__ = ["effects", "locate", "locate_part", "order", "parse"]
