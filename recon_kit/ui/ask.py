"""The question before anything is called: it shows the SQL, and asks why where a reason is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from recon_kit.acts import Act
from recon_kit.plain import visible_lines


class Ask(ModalScreen[dict[str, Any] | None]):
    """Whether to do it; ends with what the call is given, or None.

    Args:
        act: What it is.
        given: What it is about.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,enter", "agree", "Do it"),
        Binding("n,escape", "leave", "Leave it"),
    ]

    def __init__(self, act: Act, given: Mapping[str, Any]) -> None:
        super().__init__()
        self._act, self._given = act, dict(given)

    def compose(self) -> ComposeResult:
        """The statement, and a line for the reason."""
        with Vertical(id="ask"):
            yield Static("This will be called:")
            yield Static(self._statement(), id="sql")
            if self._act.needs_reason:
                yield Input(placeholder="The reason, which is shown to everybody", id="reason")
                yield Static("Enter does it, Escape leaves it.")
            else:
                yield Static("y or Enter does it, n or Escape leaves it.")

    def _statement(self) -> Text:
        return Text(visible_lines(self._act.statement(self._given)))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Shows the statement with the reason as far as it is typed."""
        self._given["reason"] = event.value
        self.query_one("#sql", Static).update(self._statement())

    def on_input_submitted(self) -> None:
        """Enter in the reason."""
        self.action_agree()

    def action_agree(self) -> None:
        """Ends with what the call is given."""
        self.dismiss(self._given)

    def action_leave(self) -> None:
        """Ends with nothing."""
        self.dismiss(None)
