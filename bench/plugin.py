"""What the plugin of flake8 costs: on a file that is no migration, and on each revision of Alembic.

    python bench/plugin.py [--count 1000]

Seconds of the processor, in one process, as in a worker of flake8.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from revisions import generate

from migralint.flake8_plugin import FAILED, Plugin


def seconds(path: str) -> float:
    with open(path, encoding="utf-8") as file:
        lines = file.readlines()
    begun = time.process_time()
    found = list(Plugin(None, path, lines).run())
    taken = time.process_time() - begun
    for *_, message, _ in found:
        assert not message.startswith(FAILED), message
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="migralint-bench-"))
    try:
        paths = generate(folder, given.count)
        os.chdir(folder)
        Plugin.runs = 1  # as in one run of flake8
        other = statistics.median(seconds(argparse.__file__) for _ in range(100))
        print(f"no migration ({argparse.__file__})  {other * 1000:.3f} ms")
        print(f"first revision, nothing kept      {seconds(str(paths[-1])) * 1000:.0f} ms")
        each = [seconds(str(path)) for path in paths]
        print(f"each of {given.count} revisions, median   {statistics.median(each) * 1000:.1f} ms")
        print(f"all {given.count} revisions               {sum(each):.1f} s")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
