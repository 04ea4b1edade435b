"""Where the process starts: `--version` is answered before anything is imported."""

import os
import sys


def main() -> int:
    """What the console script and `python -m migralint` run."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from migralint import __version__

        print(f"migralint {__version__}")
        return 0
    import gc

    # A run makes many small objects and no circles of them: looking for such took two fifths of it.
    gc.disable()
    from migralint.cli import main

    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Taking all those objects apart again takes a tenth of a long run, and nobody needs it.
    os._exit(status)


if __name__ == "__main__":
    sys.exit(main())
