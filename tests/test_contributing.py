"""What CONTRIBUTING.md and the decisions say of the code is so."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.processes import ROOT

NAMED = re.compile(r"`((?:worker|webhook_app|infra|tests)/[\w./*<>-]*)`")
PAGES = [ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs" / "adr").glob("*.md"))]


def test_the_rule_of_imports_is_the_linters() -> None:
    """A module that is added to one of them is added to the other."""
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    contracts = {contract["name"]: contract for contract in linter["contracts"]}
    [forbidden] = [
        set(contract["forbidden_modules"])
        for name, contract in contracts.items()
        if name.startswith("webhook_app uses the worker's model")
    ]
    rule = (ROOT / "CONTRIBUTING.md").read_text().partition("nothing that runs there")[2]
    assert set(re.findall(r"`(worker\.[\w.]+)`", rule.partition("`make lint`")[0])) == forbidden
    for module in forbidden:
        path = ROOT / module.replace(".", "/")
        assert path.is_dir() or path.with_suffix(".py").is_file(), module


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_is_named_is_there(page: Path) -> None:
    """A decision that names where it lives is followed when the code moves."""
    named = [
        name.replace("<language>", "ru").rstrip("/") for name in NAMED.findall(page.read_text())
    ]
    assert [name for name in named if not list(ROOT.glob(name))] == []
