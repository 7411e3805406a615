"""docs/operations.md has a section for every alert."""

import re
from pathlib import Path

import click

from infra.cli import COMMANDS, darkroom

ROOT = Path(__file__).parent.parent
OPERATIONS = ROOT / "docs" / "operations.md"
ALERTS = ROOT / "infra" / "deploy" / "monitoring" / "alerts.yml"


def anchors() -> list[str]:
    """Return the anchors that GitHub makes of headings."""
    headings = re.findall(r"^#+ (.+)$", OPERATIONS.read_text(), re.MULTILINE)
    return [re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings]


def test_every_alert_has_its_section_and_every_section_its_alert() -> None:
    """Neither is renamed, added or removed without the other."""
    rules = ALERTS.read_text()
    alerts = re.findall(r"- alert: (\w+)", rules)
    linked = re.findall(r"runbook_url: .*/operations\.md#([\w-]+)", rules)
    assert linked == [alert.lower() for alert in alerts]
    assert [anchor for anchor in anchors() if anchor.startswith("darkroom")] == linked


def test_every_anchor_link_has_its_section() -> None:
    """Links within the page and to other pages name an existing section."""
    text = OPERATIONS.read_text()
    assert set(re.findall(r"\]\(#([\w-]+)\)", text)) <= set(anchors())
    pages = re.findall(r"\]\((?!#|https?://)([^)#]+)", text)
    assert [page for page in pages if not (OPERATIONS.parent / page).exists()] == []


def test_every_command_exists() -> None:
    """Each `darkroom …` in the documentation is a command, and so is its subcommand."""
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    text = "\n".join(page.read_text() for page in pages)
    typed = set(
        re.findall(
            r"(?:^|`|bin/|exec web | -- )darkroom ([a-z-]+)(?: ([a-z]+))?", text, re.MULTILINE
        )
    )
    assert {name for name, _ in typed} == set(COMMANDS) - {"run"}
    for name, word in typed:
        context = click.Context(darkroom)
        _, command, _ = darkroom.resolve_command(context, [name])
        if isinstance(command, click.Group) and word:
            assert word in command.commands


def test_no_page_names_a_module_to_run() -> None:
    """The documentation uses `darkroom …`, not the module names of earlier versions."""
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    modules = r"python -m (?:infra\.(?!sandbox)|worker|webhook_app)"
    assert [page.name for page in pages if re.search(modules, page.read_text())] == []
