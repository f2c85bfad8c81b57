"""The templates of the live page: its own, and the sections of the report."""

from __future__ import annotations

from typing import Any

from jinja2 import ChoiceLoader, PackageLoader

from recon_kit.report import page

_templates = page.templates.overlay(
    loader=ChoiceLoader(
        [PackageLoader("recon_kit.dashboard", "page"), PackageLoader("recon_kit.report", "page")]
    )
)
_templates.globals = {
    **page.templates.globals,
    "in_full": "recon-kit report --json",
    "days_at": "/days/",
}


def draw(name: str, /, **figures: Any) -> str:
    """One template, drawn."""
    return _templates.get_template(f"{name}.html.j2").render(figures)
