"""Statements of pages that a server does not show in full, each with its reason; there are no
others. `tests/test_pages_server.py` holds to that, in both directions."""

from __future__ import annotations

_ROWS = "fails where there are rows, as the finding says; what it reads is not seen without any"

STATEMENTS: dict[tuple[str, str], str] = {
    ("missing-migration", "DROP TABLE orders"): "no file made the table, which is the finding",
    ("not-null-without-default", "ALTER TABLE users ADD COLUMN plan text NOT NULL"): _ROWS,
    ("not-null-without-default", "ALTER TABLE users ADD COLUMN number bigint PRIMARY"): _ROWS,
    ("not-null-without-default", "ALTER TABLE users ALTER COLUMN owner SET NOT NULL"): _ROWS,
    ("not-understood", "DO $$"): "it runs, and nothing is said of what it does",
    ("syntax-error", "CREATE TABLE users"): "the server refuses it, and nothing else is said of it",
    (
        "unique-over-equal-values",
        "ALTER TABLE users ADD COLUMN slug text NOT NULL DEFAULT '' U",
    ): _ROWS,
    ("unique-over-equal-values", "ALTER TABLE users ADD CONSTRAINT users_slug_key"): _ROWS,
    ("unique-over-equal-values", "CREATE UNIQUE INDEX users_slug_key ON users (slug, part)"): _ROWS,
    ("unreadable-file", "INSERT INTO cities"): "the file is not read, and its table made nowhere",
}
"""(page, how a bad statement begins): why not all that is said of it can be seen."""
BLOCKS: dict[tuple[str, str], str] = {
    ("partition-detach-not-concurrent", "pg=12-13"): (
        "these had no DETACH CONCURRENTLY; fixtures/truth has what they do instead"
    ),
}
"""(page, the versions that the block is for): why no server runs it."""
_DETACHED = (
    "a lock_timeout would leave it half detached; only queries of the partition by itself wait"
)
PATIENT: dict[tuple[str, str], str] = {
    ("partition-detach-not-concurrent", "ALTER TABLE events DETACH"): _DETACHED,
    ("partition-dropped-in-place", "ALTER TABLE events DETACH"): _DETACHED,
    ("unknown-ignore", "CREATE INDEX users_email_idx"): "the page is of the comment that allows it",
}
"""(page, how a good statement begins): why it may keep others waiting."""


def reason(of: dict[tuple[str, str], str], page: str, text: str) -> str | None:
    """Why a text is left out, if it is."""
    text = " ".join(text.split())
    return next(
        (why for (name, start), why in of.items() if name == page and text.startswith(start)), None
    )
