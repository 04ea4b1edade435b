#!/usr/bin/env python3
"""How long migralint takes beside squawk, over the same generated migrations.

    pip install squawk-cli && python bench/run.py

Generates a Flyway history from a seed, runs both tools over it in turn (one warm-up, then --runs
times each) and prints the medians of the wall times and their ratio.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

SEED = 20_240_601
TYPES = ("text", "bigint", "integer", "boolean", "timestamptz", "numeric(12,2)", "jsonb", "uuid")
WORDS = (
    "account address amount balance batch channel city code comment contact country currency email "
    "event flag hash kind label level locale note origin owner parent phone plan price priority "
    "quantity rank rate reason region score source stage state status summary tag title token url"
).split()
REPEATED = (
    "SET lock_timeout = '2s'",
    "SET statement_timeout = '60s'",
    "UPDATE switches SET is_on = true WHERE name = 'maintenance'",
    "DELETE FROM switches WHERE name = 'obsolete'",
)


class History:
    """A database that grows: statements that are valid after all earlier ones."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.tables: dict[str, list[tuple[str, str]]] = {}
        self.number = 0

    def name(self) -> str:
        """A name that no object had before."""
        self.number += 1
        return f"{self.random.choice(WORDS)}_{self.number}"

    def table(self) -> str:
        return self.random.choice(list(self.tables)[-200:])

    def column(self, table: str, *types: str) -> str | None:
        fitting = [name for name, type in self.tables[table] if not types or type in types]
        return self.random.choice(fitting) if fitting else None

    def statement(self) -> str:
        if self.random.random() < 0.1:
            return self.random.choice(REPEATED)
        kinds: tuple[tuple[Callable[[], str | None], int], ...] = (
            (self.create_table, 22),
            (self.add_column, 24),
            (self.create_index, 16),
            (self.add_foreign_key, 6),
            (self.add_check, 6),
            (self.add_unique, 4),
            (self.set_default, 6),
            (self.set_not_null, 3),
            (self.insert, 7),
            (self.update, 6),
        )
        made = None
        while made is None:
            (make,) = self.random.choices(
                [make for make, _ in kinds], [often for _, often in kinds]
            )
            made = make()
        return made

    def create_table(self) -> str:
        table = self.name()
        columns = [
            (self.name(), self.random.choice(TYPES)) for _ in range(self.random.randint(2, 7))
        ]
        self.tables[table] = columns
        lines = ["    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"]
        lines += [
            f"    {name} {type}{self.random.choice(('', '', ' NOT NULL'))}"
            for name, type in columns
        ]
        return f"CREATE TABLE {table} (\n" + ",\n".join(lines) + "\n)"

    def add_column(self) -> str | None:
        if not self.tables:
            return None
        table, column, type = self.table(), self.name(), self.random.choice(TYPES)
        self.tables[table].append((column, type))
        default = " NOT NULL DEFAULT 0" if type in ("bigint", "integer") and self.flip() else ""
        return f"ALTER TABLE {table} ADD COLUMN {column} {type}{default}"

    def flip(self) -> bool:
        return self.random.random() < 0.5

    def create_index(self) -> str | None:
        if not self.tables:
            return None
        table = self.table()
        column = self.column(table, *(type for type in TYPES if type != "jsonb"))
        if column is None:
            return None
        where = f" WHERE {column} IS NOT NULL" if self.random.random() < 0.2 else ""
        return f"CREATE INDEX {self.name()}_idx ON {table} ({column}){where}"

    def add_foreign_key(self) -> str | None:
        if len(self.tables) < 2:
            return None
        table, other = self.table(), self.table()
        column = self.column(table, "bigint")
        if column is None:
            return None
        valid = " NOT VALID" if self.flip() else ""
        return (
            f"ALTER TABLE {table} ADD CONSTRAINT {self.name()}_fk FOREIGN KEY ({column}) "
            f"REFERENCES {other} (id){valid}"
        )

    def add_check(self) -> str | None:
        if not self.tables:
            return None
        table = self.table()
        column = self.column(table, "bigint", "integer", "numeric(12,2)")
        if column is None:
            return None
        return (
            f"ALTER TABLE {table} ADD CONSTRAINT {self.name()}_check "
            f"CHECK ({column} >= {self.random.randint(0, 9)})"
        )

    def add_unique(self) -> str | None:
        if not self.tables:
            return None
        table = self.table()
        column = self.column(table, "bigint", "uuid", "text")
        if column is None:
            return None
        return f"ALTER TABLE {table} ADD CONSTRAINT {self.name()}_key UNIQUE ({column})"

    def set_default(self) -> str | None:
        if not self.tables:
            return None
        table = self.table()
        column = self.column(table, "bigint", "integer")
        if column is None:
            return None
        value = self.random.randint(0, 999)
        return f"ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT {value}"

    def set_not_null(self) -> str | None:
        if not self.tables:
            return None
        table = self.table()
        column = self.column(table)
        return f"ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL"

    def insert(self) -> str:
        rows = ", ".join(
            f"('{self.name()}', {self.random.choice(('true', 'false'))})"
            for _ in range(self.random.randint(1, 4))
        )
        return f"INSERT INTO switches (name, is_on) VALUES {rows}"

    def update(self) -> str | None:
        if not self.tables:
            return None
        table = self.table()
        column = self.column(table, "text")
        if column is None:
            return None
        return f"UPDATE {table} SET {column} = 'v{self.name()}' WHERE id = {self.number}"


def generate(folder: Path, files: int, seed: int) -> int:
    """Write the migrations V1__ to V<files>__; how many statements they hold."""
    history = History(seed)
    count = 0
    first = "CREATE TABLE switches (\n    name text NOT NULL,\n    is_on boolean\n)"
    for number in range(1, files + 1):
        statements = [history.statement() for _ in range(history.random.randint(1, 6))]
        if number == 1:
            statements.insert(0, first)
        count += len(statements)
        text = ";\n\n".join(statements) + ";\n"
        name = history.random.choice(WORDS)
        (folder / f"V{number}__{name}.sql").write_text(text, encoding="utf-8")
    return count


def measure(command: list[str], folder: Path) -> float:
    """The wall time of one run, in seconds."""
    # An installed package has its bytecode beside it; a checkout may write it on the first run.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    done = subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    spent = time.perf_counter() - start
    if done.returncode not in (0, 1):
        sys.exit(f"{command[0]} exited with {done.returncode}:\n{done.stderr.decode()[-2000:]}")
    return spent


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--files", type=int, default=10_000, help="migrations (default: 10000)")
    options.add_argument("--runs", type=int, default=5, help="timed runs of each (default: 5)")
    options.add_argument("--seed", type=int, default=SEED)
    options.add_argument("--keep", metavar="FOLDER", help="write the migrations here and keep them")
    options.add_argument("--at-most", type=float, help="exit 1 where the ratio is above this")
    given = options.parse_args()
    squawk = shutil.which("squawk", path=str(Path(sys.executable).parent)) or shutil.which("squawk")
    if squawk is None:
        sys.exit("squawk is not installed: pip install squawk-cli")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(given.keep or temporary)
        folder.mkdir(parents=True, exist_ok=True)
        count = generate(folder, given.files, given.seed)
        names = sorted(path.name for path in folder.glob("V*.sql"))
        commands = {
            "migralint": [sys.executable, "-m", "migralint", "--format", "concise", "--no-cache"],
            "squawk": [squawk, "--reporter", "gcc", *names],
        }
        print(f"{len(names)} migrations, {count} statements, seed {given.seed}")
        times: dict[str, list[float]] = {tool: [] for tool in commands}
        for run in range(given.runs + 1):
            for tool, command in commands.items():
                spent = measure(command, folder)
                if run:
                    times[tool].append(spent)
    medians = {tool: statistics.median(spent) for tool, spent in times.items()}
    for tool, spent in times.items():
        low, high = min(spent), max(spent)
        print(f"{tool:<10} median {medians[tool]:.3f} s   ({low:.3f} to {high:.3f} s)")
    ratio = medians["migralint"] / medians["squawk"]
    print(f"ratio      {ratio:.2f}")
    return int(given.at_most is not None and ratio > given.at_most)


if __name__ == "__main__":
    sys.exit(main())
