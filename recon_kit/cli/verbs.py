"""The verbs as a whole: their panels in the help, an example of each, their names of before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeVar

import typer
from typer.core import TyperGroup

from recon_kit import show
from recon_kit.cli.force import elsewhere
from recon_kit.cli.old import as_today

Panel = Literal["Look", "Repair", "Prove", "Source", "Difficulty", "Run by itself", "Set up"]
PANELS: tuple[Panel, ...] = (
    "Look",
    "Repair",
    "Prove",
    "Source",
    "Difficulty",
    "Run by itself",
    "Set up",
)
"""In the order of the help."""

F = TypeVar("F", bound=Callable[..., Any])


class Verbs(TyperGroup):
    """The verbs by panel, and by the names that they had before too."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Says what an old command is called today, and takes it for that."""
        today = as_today(args)
        if today != args:
            show.note(f"recon-kit {' '.join(args)} is now: recon-kit {' '.join(today)}")
        return super().resolve_command(ctx, today)

    def invoke(self, ctx: Any) -> Any:
        """Says of a value that a flag cannot have where it is from, if it is not typed or set."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            option, of = error.param, error.ctx
            source = elsewhere(ctx).get(str(getattr(option, "envvar", None)))
            given = of.get_parameter_source(str(option.name)) if of and option else None
            if ctx.parent is None and source and given and given.name == "ENVIRONMENT":
                error.message += f" (as {source} has it)"
            raise

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002
        """Writes a section for each panel, in columns of the same width."""
        width = max(map(len, self.commands))
        for panel in PANELS:
            with formatter.section(panel):
                formatter.write_dl(
                    [
                        (name.ljust(width), command.get_short_help_str(formatter.width))
                        for name, command in self.commands.items()
                        if getattr(command, "rich_help_panel", None) == panel
                    ]
                )


app = typer.Typer(
    name="recon-kit",
    cls=Verbs,
    help="Keeps derived bitcoin calculations provably consistent with curtailment records.",
    epilog="Exit codes: 0 clean, 1 failed, 2 usage, 3 work remains (blocked or failed days, "
    "refused items), 4 busy, 130 interrupted. check has those of monitoring plugins. "
    "recon-kit VERB --help has the flags of a verb and an example.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def verb(
    panel: Panel,
    example: str,
    *,
    name: str | None = None,
    group: typer.Typer = app,
    settings: dict[str, Any] | None = None,
) -> Callable[[F], F]:
    """Makes a verb of a function; the first sentence of its docstring stands in the list.

    Args:
        panel: Where it stands in the help of all verbs.
        example: A command line that its help ends with, without ``recon-kit``.
        name: What it is called, if not as the function.
        group: What it belongs to.
        settings: Of click, for its context.
    """
    return group.command(
        name,
        rich_help_panel=panel,
        epilog=f"Example: recon-kit {example}",
        context_settings=settings,
    )
