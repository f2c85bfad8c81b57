"""A screen: a head, parts under tabs, what is chosen in full, the runs in progress, the keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.widgets import Footer, Input, Static, TabbedContent, TabPane

from recon_kit.db import Connection
from recon_kit.plain import visible_lines
from recon_kit.ui.parts import Head, Part, Told

if TYPE_CHECKING:
    from recon_kit.ui.app import Ui


class Board(Screen[None]):
    """A screen.

    Args:
        head: What reads the lines at its top.
        parts: What stands under each tab, by title.
        about: What the screen as a whole is about, such as a date.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(str(n), f"tab({n})", show=False) for n in range(1, 10)),
        Binding("slash", "find", "Find", key_display="/"),
        Binding("escape", "back", "Back"),
    ]
    app: Ui

    def __init__(
        self,
        head: Callable[[Connection], str],
        parts: Mapping[str, Part],
        about: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self._head, self._parts = Head(head), parts
        self._about = about or {}
        self._said: dict[str, str] = {"detail": "", "said": "", "bar": ""}
        self._is_drawn = False

    def compose(self) -> ComposeResult:
        """Head, tabs, detail, find, said, bar, keys."""
        yield self._head
        with TabbedContent():
            for n, (title, part) in enumerate(self._parts.items(), 1):
                with TabPane(f"{n} {title}", id=f"tab-{n}"):
                    if isinstance(part, Told):
                        with VerticalScroll():
                            yield part
                    else:
                        yield part
        yield Static(id="detail")
        yield Input(placeholder="a date opens its day, anything else narrows the list", id="find")
        yield Static(id="said")
        yield Static(id="bar")
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Begins with what was said while it was drawn."""
        self.query_one("#find").display = False
        self._is_drawn = True
        for where, text in self._said.items():
            self.say(where, text)

    @property
    def _is_whole(self) -> bool:
        """Whether it can be written to: not before it is drawn, and not while it is taken down."""
        return self._is_drawn and bool(self.query("#bar"))

    @property
    def part(self) -> Part:
        """What stands under the tab that is open."""
        active = self.query_one(TabbedContent).active or "tab-1"
        return list(self._parts.values())[int(active.removeprefix("tab-")) - 1]

    @property
    def chosen(self) -> dict[str, Any]:
        """What is under the cursor, and what the screen is about."""
        return {**self._about, **{k: v for k, v in self.part.chosen.items() if v is not None}}

    def reload(self) -> None:
        """Reads the head and the part in view."""
        if self._is_whole:
            self._head.reload()
            self.part.reload()

    def say(self, where: str, text: str) -> None:
        """Writes into detail, said or bar, which is hidden where it is empty."""
        self._said[where] = text
        if self._is_whole:
            line = self.query_one(f"#{where}", Static)
            line.update(Text(text))
            line.display = bool(text)

    def action_tab(self, number: int) -> None:
        """Opens a tab."""
        if number <= len(self._parts):
            self.query_one(TabbedContent).active = f"tab-{number}"

    def on_tabbed_content_tab_activated(self) -> None:
        """Reads what has come into view, narrowed by what the line has by now."""
        self.part.narrow(self.query_one("#find", Input).value)
        self.part.focus()
        self.on_part_chosen(Part.Chosen({}))
        self.reload()

    def on_screen_resume(self) -> None:
        """The database may be another one since it was last in view."""
        self.reload()

    def on_part_chosen(self, event: Part.Chosen) -> None:
        """Opens it, or tells it in full."""
        if event.is_opened:
            self.app.open(self.part.opens(self.chosen))
            return
        self.say("detail", visible_lines(self.part.in_full()))

    def action_find(self) -> None:
        """Opens the line to type into."""
        find = self.query_one("#find", Input)
        find.display = True
        find.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrows the list as somebody types."""
        self.part.narrow(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Opens the day of a date, or goes back to the list."""
        try:
            day = date.fromisoformat(event.value)
        except ValueError:
            self.part.focus()
            return
        self.action_back()
        self.app.open(("day", day))

    def action_back(self) -> None:
        """Ends the search, else the screen."""
        find = self.query_one("#find", Input)
        if find.display:
            find.clear()
            find.display = False
            self.part.focus()
        elif len(self.app.screen_stack) > 1:
            self.app.pop_screen()
