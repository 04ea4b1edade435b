"""`migralint server`: the language server, over standard input and output. What it says of a file
is what `migralint check FILE` says, with what is in the editor in place of what is on disk."""

from __future__ import annotations

import os
import sys

from migralint.errors import UsageError


def serve() -> int:
    """Run until the client says that it ends; the exit status. Raises UsageError without pygls."""
    try:
        from migralint.server.protocol import Server
    except ModuleNotFoundError as why:
        if (why.name or "").partition(".")[0] not in ("pygls", "lsprotocol"):
            raise
        raise UsageError("the server needs pygls: pip install 'migralint[lsp]'") from why
    import gc

    # The command line does without, since it ends soon. Histories stay, so look for circles rarely.
    gc.enable()
    gc.set_threshold(50_000, 20, 100)
    # Nothing but the protocol may stand on standard output, whatever prints.
    with os.fdopen(os.dup(sys.stdout.fileno()), "wb") as out:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        server = Server()
        server.start_io(sys.stdin.buffer, out)
    return server.status
