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
    line(f"adopted, at {done.version}. Next: recon-kit sync, recon-kit reconcile")
    if done.steps:
        line("What was replaced is in recon_legacy until recon-kit adopt --undo or --confirm")
