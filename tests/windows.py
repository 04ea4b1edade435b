"""As much of Windows as the command line can tell from within: `python windows.py FOLDER
ARGUMENT...` runs it in `C:\\work`, which is that folder.

Paths are those of ntpath, what asks for files takes them, and what Windows has not got is gone. The
file system below is still the one that is here: no case is folded, no name is reserved.
"""

from __future__ import annotations

import builtins
import io
import ntpath
import os
import shutil
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

from migralint import pages, registry

BEFORE = ("difflib", "inspect", "tempfile", "jinja2", "libcst", "pathspec", "pglast", "yaml")
"""What looks for its own files as it is imported; they lie on this machine."""
HERE = "C:\\work"
MISSING = ("O_NONBLOCK", "fork", "register_at_fork", "sched_getaffinity", "chown", "mkfifo")


def emulate(folder: str) -> None:
    """From here on, this process is on Windows, in HERE."""
    top = os.path.dirname(folder)
    name = os.path.basename(folder)

    def real(path: Any) -> Any:
        """Where a path of Windows is here; what is none is left as it is."""
        if not isinstance(path, str):
            return path
        if path.startswith("/"):  # of Python itself
            return path.replace("\\", "/")
        drive, rest = ntpath.splitdrive(ntpath.normpath(ntpath.join(os.getcwd(), path)))
        parts = [part for part in rest.split("\\") if part]
        if drive == "C:" and parts[:1] == ["work"]:
            return "/".join([top, name, *parts[1:]])
        return "/".join([top, f"drive {drive}", *parts])

    def translated(function: Callable[..., Any], paths: int = 1) -> Callable[..., Any]:
        def call(*given: Any, **more: Any) -> Any:
            return function(*(real(each) for each in given[:paths]), *given[paths:], **more)

        return call

    os.chdir(folder)
    for function in ("stat", "lstat", "open", "listdir", "scandir", "mkdir", "access", "chmod"):
        setattr(os, function, translated(getattr(os, function)))
    for function in ("unlink", "remove", "rmdir", "readlink"):
        setattr(os, function, translated(getattr(os, function)))
    for function in ("replace", "rename"):
        setattr(os, function, translated(getattr(os, function), 2))
    builtins.open = io.open = translated(io.open)
    os.getcwd = lambda: HERE
    for name_gone in MISSING:
        if hasattr(os, name_gone):
            delattr(os, name_gone)
    os.sep, os.altsep, os.pathsep, os.linesep = "\\", "/", ";", "\r\n"
    os.path = ntpath
    sys.modules["os.path"] = ntpath


if __name__ == "__main__":
    for module in BEFORE:
        import_module(module)
    shutil._use_fd_functions = False  # type: ignore[attr-defined]
    registry.load()
    pages.names()
    emulate(sys.argv[1])
    from migralint.cli import main

    sys.exit(main(sys.argv[2:]))
