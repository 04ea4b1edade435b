"""What Maven's and Gradle's plugins say to Flyway, as far as it stands in pom.xml or build.gradle
itself."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

from migralint import documents

_PLUGIN = "flyway-maven-plugin"
_BLOCK = re.compile(r"^[ \t]*flyway\s*\{", re.MULTILINE)
_STRING = r"""(?:"([^"\n]*)"|'([^'\n]*)')"""
_QUOTED = r"""(?:"[^"\n]*"|'[^'\n]*')"""
_SET = re.compile(
    rf"""^[ \t]*(?P<key>[A-Za-z]\w*) (?:[ \t]*=|\.set\b|[ \t]+(?=["'\[\w])) \s* \(?\s*
    (?P<value>\[[^\]]{{0,4000}}\] | (?:arrayOf|listOf|mutableListOf)\s*\([^)]{{0,4000}}\)
    | {_QUOTED} | true\b | false\b | [\d.]+)""",
    re.MULTILINE | re.VERBOSE,
)
_EACH = re.compile(_STRING)
_COMMENT = re.compile(rf"""{_STRING}|//[^\n]*|/\*.*?(?:\*/|\Z)""", re.DOTALL)
_BRACE = re.compile(r"[{}]")
_HOLE = re.compile(r"\$(?:\{([^}]*)\}|(\w+(?:\.\w+)*))")


def pom(text: str) -> dict[str, str] | None:
    """The configuration of the plugin, with the properties that Maven gives it; None where the
    project has no such plugin."""
    root = documents.xml(text)
    properties: dict[str, str] = {}
    for table in _named(root, "properties"):
        for each in table:
            properties[_name(each)] = (each.text or "").strip()
    found: dict[str, str] | None = None
    for plugin in _named(root, "plugin"):
        if not any(_name(each) == "artifactId" and each.text == _PLUGIN for each in plugin):
            continue
        found = {} if found is None else found
        for configuration in (each for each in plugin if _name(each) == "configuration"):
            for each in configuration:
                found.update(_value(_name(each), each))
    if found is None and not any(key.startswith("flyway.") for key in properties):
        return None
    found = found or {}
    for key, value in properties.items():
        if key.startswith("flyway."):
            found.setdefault(key[len("flyway.") :], value)
    known = {"basedir": ".", "project.basedir": ".", **properties}
    values = {key: documents.resolved(value, known) for key, value in found.items()}
    return {key: value for key, value in values.items() if value is not None}


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _named(root: Element, name: str) -> list[Element]:
    return [each for each in root.iter() if _name(each) == name]


def _value(key: str, element: Element) -> dict[str, str]:
    if key == "placeholders":
        return {f"{key}.{_name(each)}": (each.text or "").strip() for each in element}
    if len(element):
        return {key: ",".join((each.text or "").strip() for each in element)}
    return {key: (element.text or "").strip()}


def gradle(text: str) -> dict[str, str] | None:
    """The `flyway { }` blocks, in Groovy or Kotlin; None where there is none. Code in them has no
    value here."""
    text = _COMMENT.sub(lambda match: match[0] if match[0][0] in "\"'" else " ", text)
    found: dict[str, str] | None = None
    block = _BLOCK.search(text)
    while block is not None:
        found = {} if found is None else found
        end = _end(text, block.end())
        body = text[block.end() : end]
        block = _BLOCK.search(text, end)
        for match in _SET.finditer(body):
            value = match["value"]
            strings = [one or other for one, other in _EACH.findall(value)]
            if strings:
                value = ",".join(strings)
            # Of Gradle's own names only that of the project's folder is known.
            value = _HOLE.sub(_folder, value)
            if "$" not in value or "${" in value:
                found[match["key"]] = value
    return found


def _folder(match: re.Match[str]) -> str:
    name = match[1] or match[2]
    known = name.removeprefix("project.") in ("projectDir", "rootDir", "rootProject.projectDir")
    return "." if known else f"${{{name}}}"


def _end(text: str, at: int) -> int:
    """Where the block ends that opened before `at`."""
    depth = 1
    for mark in _BRACE.finditer(text, at):
        depth += 1 if mark[0] == "{" else -1
        if depth == 0:
            return mark.start()
    return len(text)
