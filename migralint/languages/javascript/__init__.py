"""JavaScript and TypeScript: from source to the tree, and how the walk goes there.

`parse` makes the tree, by tree-sitter (only this package imports it, when the first file is
parsed); `Walker` (`walking`) is the evaluator that knows the language's own rules.

What has no node of its own is said with others: `export` is an assignment to a member of
`exports`, an assignment (not a declaration) the operation `=`, a class expression a class before
its statement, `switch` a loop over its one value, a tagged template a call with the array of its
texts and then its values, as the language itself has it.
"""

from __future__ import annotations

from migralint.languages import tree
from migralint.languages.tree import SyntaxProblem as SyntaxProblem
from migralint.parsed import parsed
from migralint.progress import passed

TYPESCRIPT = (".ts", ".mts", ".cts")


def parse(text: str, path: str) -> tree.Module:
    """The tree of a file, in the language that the ending of its path says. Raises SyntaxProblem,
    also where the file is nested too deep."""
    language = "javascript"
    if path.endswith(".tsx"):
        language = "tsx"
    elif path.endswith(TYPESCRIPT):
        language = "typescript"
    return parsed((language, text), lambda: _tree(text, language))


def _tree(text: str, language: str) -> tree.Module:
    from migralint.languages.javascript.parsing import module

    passed()
    try:
        return module(text, language)
    except RecursionError as why:
        raise SyntaxProblem("this is nested too deep to be read", 0) from why
