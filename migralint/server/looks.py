"""The files that are open in the editor, and what is known of them.

The engine works in a thread of its own, one look at a time. A look is at all open files of one
folder; it is as old as the last thing that happened (`tick`), and what an older one
finds is not shown.
"""

from __future__ import annotations

import asyncio
import gc
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from migralint.server.documents import Document
from migralint.server.histories import (
    Histories,
    Said,
    Told,
    folder_of,
    is_candidate,
    is_on_disk,
)

DEBOUNCE = 0.2
"""Seconds without a keystroke after which a file is looked at."""

_Made = TypeVar("_Made")


class Looks:
    """What has been seen of the open files since the last thing happened."""

    def __init__(self) -> None:
        self.folders: list[str] = []
        """The workspace's, absolute."""
        self.documents: dict[str, Document] = {}
        """The open files, by URI."""
        self.histories = Histories()
        self.tick = 0
        self.changed = 0.0
        """When somebody typed last, on the clock of `time.monotonic`."""
        self._worker = ThreadPoolExecutor(1, "migralint")
        self._looks: dict[str, tuple[int, asyncio.Future[dict[str, Said] | None]]] = {}
        self._effects: dict[str, tuple[int, asyncio.Future[tuple[Told, ...] | None]]] = {}

    def folder(self, document: Document) -> str:
        """What the paths of its findings are relative to."""
        return folder_of(document.path, self.folders)

    def forget(self, uri: str) -> None:
        """A file is closed."""
        self._effects.pop(uri, None)

    async def said(self, uri: str) -> Said:
        """What is said of an open file as it is now."""
        while (document := self.documents.get(uri)) is not None:
            if not is_candidate(document.path, document.source.text):
                break
            # What is asked for decides which files are looked for: not all that are open at once.
            home = os.path.dirname(document.path)
            known = self._looks.get(home)
            if known is None or known[0] != self.tick:
                known = self._looks[home] = self.tick, self.work(self._look(home, document))
            found = await asyncio.shield(known[1])
            if found is not None and known[0] == self.tick:
                return found.get(document.path, Said())
        return Said()

    def _look(self, home: str, asked: Document) -> Callable[[], dict[str, Said]]:
        """A look at all open files of a folder."""
        folder, documents = self.folder(asked), list(self.documents.values())
        paths = {
            each.path
            for each in documents
            if os.path.dirname(each.path) == home and is_candidate(each.path, each.source.text)
        }
        return lambda: self.histories.check(folder, paths, overlay(documents))

    async def effects(self, uri: str) -> tuple[Told, ...]:
        """What the statements of an open file do, as it is now."""
        while (document := self.documents.get(uri)) is not None:
            if not is_candidate(document.path, document.source.text):
                break
            known = self._effects.get(uri)
            if known is None or known[0] != self.tick:
                known = self._effects[uri] = self.tick, self.work(self._tell(document))
            try:
                found = await asyncio.shield(known[1])
            except Exception:  # noqa: BLE001 - the diagnostics say why
                break
            if found is not None and known[0] == self.tick:
                return found
        return ()

    def _tell(self, document: Document) -> Callable[[], tuple[Told, ...]]:
        folder = self.folder(document)
        documents = list(self.documents.values())
        return lambda: self.histories.effects(folder, document.path, overlay(documents))

    def work(self, job: Callable[[], _Made]) -> asyncio.Future[_Made | None]:
        """Done by the thread; None where something has happened before it got to it."""
        tick = self.tick
        loop = asyncio.get_running_loop()
        return loop.run_in_executor(
            self._worker, lambda: _alone(job) if self.tick == tick else None
        )

    async def settled(self) -> None:
        """Wait until nobody types."""
        while (left := self.changed + DEBOUNCE - time.monotonic()) > 0:
            await asyncio.sleep(left)

    async def fixed(self, document: Document) -> dict[str, bytes]:
        """The files that change, or are new, when all is mended that is safe to."""
        folder, documents = self.folder(document), list(self.documents.values())
        found = await self.work(
            lambda: self.histories.fixed(folder, document.path, overlay(documents))
        )
        return found or {}


def _alone(job: Callable[[], _Made]) -> _Made:
    """What a look makes has no circles, and looking for them took as long as the look."""
    gc.disable()
    try:
        return job()
    finally:
        gc.enable()


def overlay(documents: list[Document]) -> dict[str, bytes]:
    """What stands in for files: all that is not on disk as it is in the editor."""
    return {
        each.path: each.source.text.encode("utf-8", "surrogatepass")
        for each in documents
        if not is_on_disk(each.path, each.source.text)
    }
