"""Who is woken by an alert finds the section that it names."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
OPERATIONS = ROOT / "docs" / "operations.md"
ALERTS = ROOT / "infra" / "deploy" / "monitoring" / "alerts.yml"


def anchors() -> list[str]:
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.+)$", OPERATIONS.read_text(), re.MULTILINE)
    return [re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings]


def test_every_alert_has_its_section_and_every_section_its_alert() -> None:
    """One is not renamed, added or removed without the other."""
    rules = ALERTS.read_text()
    alerts = re.findall(r"- alert: (\w+)", rules)
    linked = re.findall(r"runbook_url: .*/operations\.md#([\w-]+)", rules)
    assert linked == [alert.lower() for alert in alerts]
    assert [anchor for anchor in anchors() if anchor.startswith("darkroom")] == linked


def test_every_link_within_leads_to_a_section() -> None:
    """And so does every one to another page."""
    text = OPERATIONS.read_text()
    assert set(re.findall(r"\]\(#([\w-]+)\)", text)) <= set(anchors())
    pages = re.findall(r"\]\((?!#|https?://)([^)#]+)", text)
    assert [page for page in pages if not (OPERATIONS.parent / page).exists()] == []


def test_every_command_can_be_typed() -> None:
    """The modules that are named are there to be run."""
    modules = set(re.findall(r"python -m ([a-z_.]+)", OPERATIONS.read_text()))
    assert modules
    for module in modules:
        path = ROOT / module.replace(".", "/")
        assert path.with_suffix(".py").is_file() or (path / "__main__.py").is_file(), module
