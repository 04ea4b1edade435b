"""The files that a reader of code looks at beside the one in hand, each by the digest of its text:
what is kept of a file holds as long as these are as they were."""

from __future__ import annotations

from hashlib import blake2b

from migralint.tools.files import text_of

Digests = tuple[tuple[str, str], ...]
"""Files by path, with the digest of their text."""


class Consulted:
    """`consulted` are the files of the migration in hand."""

    def __init__(self) -> None:
        self.consulted: set[str] = set()
        self._digests: dict[str, str] = {}

    def digests(self) -> Digests:
        """What was consulted since the last time."""
        found = tuple((path, self.digest(path)) for path in sorted(self.consulted))
        self.consulted = set()
        return found

    def digest(self, path: str) -> str:
        if path not in self._digests:
            data = text_of(path).encode("utf-8", "surrogatepass")
            self._digests[path] = blake2b(data, digest_size=12).hexdigest()
        return self._digests[path]
