"""Which module has which verb, so that a command line loads no other."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import typer

from recon_kit.cli.verbs import app

MODULES = {
    "adopt": {"adopt"},
    "alerts": {"check", "grafana", "metrics", "set-alert-limit"},
    "runs": {"date", "plan", "recent", "reconcile", "resume"},
    "cells": {"critical", "fix-critical", "spot-fix"},
    "views": {"analyze", "explain", "gaps", "status", "verify"},
    "checks": {"daily-check", "report", "scrub", "verify-month"},
    "config": {"config"},
    "control": {"confirm", "pause", "prune-history", "retry-day", "skip-day", "unpause"},
    "data": {"load", "migrate", "uninstall"},
    "decisions": {"difficulty"},
    "difficulty": {"check-dynamo", "load-retargets", "sync"},
    "doctor": {"doctor"},
    "history": {"events", "runs", "watch"},
    "loads": {"loads", "unload"},
    "local": {"demo", "down", "psql", "up", "version"},
    "service": {"listen", "schedule", "serve", "unschedule", "worker"},
    "source": {
        "acknowledge",
        "forecast",
        "inspect",
        "load-totals",
        "load-units",
        "source-issues",
    },
    "ui": {"ui"},
    "webhooks": {"remove-webhook", "set-webhook", "webhooks"},
}
"""In the order of the help."""

VALUED = ("--database-url", "--profile")
"""Flags before the verb that a value follows, which may be called as a verb is."""


def load(words: Sequence[str] = ()) -> None:
    """Loads the verb that a command line names; all of them where it names none."""
    before, verb = _parts(words)
    needed = [name for name, has in MODULES.items() if verb in has]
    if "--version" in before:
        needed = ["common"]
    elif not needed or "-h" in before or "--help" in before:
        needed = list(MODULES)
    for name in needed:
        import_module(f"recon_kit.cli.{name}")


def _parts(words: Sequence[str]) -> tuple[list[str], str | None]:
    """The flags before the verb, without their values, and the verb."""
    flags: list[str] = []
    rest = iter(words)
    for word in rest:
        if not word.startswith("-"):
            return flags, word
        flags.append(word)
        if word in VALUED:
            next(rest, None)
    return flags, None


def every() -> Any:
    """All verbs as one command."""
    load()
    return typer.main.get_command(app)
