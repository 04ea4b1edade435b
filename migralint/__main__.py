"""Where the process starts: `--version` is answered before anything is imported."""

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

    return main()


if __name__ == "__main__":
    sys.exit(main())
