"""Everything that can go wrong in a *call*; a problem in the user's input is a Finding instead.

    MigralintError
    ├── UsageError          an option or a path that cannot be used
    └── ConfigurationError  pyproject.toml or migralint.toml that cannot be used

Each carries one line for stderr; the command line prints it and exits with 2.
"""

from __future__ import annotations


class MigralintError(Exception):
    """One line that says what is wrong with the call, and the way out."""


class UsageError(MigralintError):
    """An option, a path or a reference that cannot be used."""


class ConfigurationError(MigralintError):
    """A configuration file that cannot be used."""
