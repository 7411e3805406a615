"""CONTRIBUTING.md and the ADRs name files that exist."""

import re
from pathlib import Path

import pytest

from tests.processes import ROOT

NAMED = re.compile(r"`((?:worker|webhook_app|infra|tests)/[\w./*<>-]*)`")
PAGES = [ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs" / "adr").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_named_files_exist(page: Path) -> None:
    """A path in a document is updated when the file moves."""
    named = [
        name.replace("<language>", "ru").rstrip("/") for name in NAMED.findall(page.read_text())
    ]
    assert [name for name in named if not list(ROOT.glob(name))] == []
