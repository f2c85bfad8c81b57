"""What a deploy or an adoption did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from recon_kit.show.terminal import document, line, note, result, table

if TYPE_CHECKING:
    from recon_kit.adopt import Adoption
    from recon_kit.migrate import Deployment


def deployment(done: Deployment, *, as_json: bool) -> None:
    """The result of a deploy."""
    if as_json:
        document({**asdict(done), "changed": done.changed})
    elif done.changed:
        applied = f"applied {', '.join(done.applied)}" if done.applied else "no migration pending"
        line(f"deployed, at {done.version}: {applied}; code replayed")
    else:
        line(f"nothing to change, at {done.version}: the code replayed is the code that was there")
    if done.roles_to_create and not as_json:
        note(
            "so far only the owner may look and run. To let others, have a role that may create "
            f"roles run: {' '.join(done.roles_to_create)} Then migrate again, and grant them."
        )


def adoption_plan(plan: Sequence[Mapping[str, Any]], *, as_json: bool) -> None:
    """What stands between a platform's tables and the kit."""
    if as_json or not plan:
        result(plan, as_json=as_json, none="nothing stands in the way")
        return
    table(plan, [name for name in plan[0] if name != "action"])
    line("")
    for action, step in {row["action"]: row["step"] for row in plan}.items():
        line(f"{step:<15}  -> {action}")


def adoption(done: Adoption) -> None:
    """What an adoption did, and what comes next."""
    if done.steps:
        steps = [asdict(step) for step in done.steps]
        table(steps, list(steps[0]))
    line(f"adopted, at {done.version}. No figure has changed yet. Look, before you go on, at")
    for verb, what in (
        ("recon-kit doctor", "whether anything is in the way"),
        ("recon-kit analyze", "what is missing, and why"),
        ("recon-kit sync", "the difficulties, which a run needs; then"),
        ("recon-kit reconcile --dry-run", "what a run would change, day by day"),
    ):
        line(f"  {verb:<30} {what}")
    if done.steps:
        line(
            "recon-kit adopt --undo puts the tables back at any time before recon-kit adopt "
            "--confirm; what was removed is in recon_legacy until then"
        )


def undone(left: Sequence[Mapping[str, Any]], *, as_json: bool) -> None:
    """What an undo left behind."""
    note("undone: the tables are in the shape that they had, and the kit is gone")
    if left:
        note(
            "What runs had repaired stays repaired. Their summaries as they were, and rows that "
            "were removed from days repaired since, are kept: "
            "drop schema recon_legacy cascade, once nobody needs them"
        )
    if left or as_json:
        result(left, as_json=as_json)
