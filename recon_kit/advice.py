"""What the database advises in SQL, in the words of the command line."""

from __future__ import annotations

import re

_VERBS = (
    (r"select recon\.confirm\((?:run_id => )?(\d+)\)", r"recon-kit confirm \1"),
    (r"select recon\.retry_day\('([\d-]+)'\)", r"recon-kit retry-day \1"),
    (r"select recon\.resume\(\)", "recon-kit unpause"),
    (r"select recon\.set_webhook\('([^']+)'\)", r"recon-kit set-webhook \1"),
    (r"select \* from recon\.plan\(\)", "recon-kit plan"),
    (r"call recon\.reconcile\(force => true\)", "recon-kit reconcile --force"),
    (r"call recon\.reconcile\(\)", "recon-kit reconcile"),
    (r"(recon-kit resume \d+), or call recon\.resume_run\(run_id => \d+\)", r"\1"),
    (r"select [^;]* from recon\.runs where outcome = 'stopped'", "recon-kit runs"),
    (r"select [^;]* from recon\.run_history where left_days > 0", "recon-kit runs"),
    (r"select \* from recon\.load_history", "recon-kit loads"),
    (r"select [^;]* from recon\.day_status where state in [^;]*", "recon-kit status"),
    (r"recon-kit difficulty list, or select [^;]*", "recon-kit difficulty list"),
    (r"--value, or difficulty => ", "--value "),
    (r"see recon\.doctor\(\)", "see recon-kit doctor"),
    (r"recon\.pause the runs", "recon-kit pause REASON"),
    (r"or null for never", "or never"),
    (r"leave one out \(null\)", "leave one out"),
)
"""What a hint of the SQL has, and the verb that does the same."""


def as_verbs(hint: str) -> str:
    """A hint as the command line has it; what has no verb stays SQL."""
    said = hint
    for statement, verb in _VERBS:
        said = re.sub(statement, verb, said)
    return hint if said == hint else said.rstrip(";")
