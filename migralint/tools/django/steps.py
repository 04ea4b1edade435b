"""What the steps of all operations are: functions of the editor."""

from __future__ import annotations

from collections.abc import Callable

from migralint.languages.values import Made
from migralint.tools.django.editor import Editor
from migralint.tools.django.models import App
from migralint.tools.django.state import State

Step = Callable[[Editor, App, Made, State, State], None]
"""The editor, the app, the operation, and the models as they are and as they will be."""


def nothing(editor: Editor, app: App, op: Made, before: State, after: State) -> None:
    return None
