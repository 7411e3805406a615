"""The commands of docs/deploy.md."""

import re

from tests.processes import ROOT

_DOCUMENT = ROOT / "docs" / "deploy.md"


def commands(section: str) -> str:
    """Return every shell block of a section in order, for one shell."""
    text = _DOCUMENT.read_text()
    _, found, rest = text.partition(f"## {section}\n")
    assert found, f"no section {section!r} in {_DOCUMENT.name}"
    body = re.split(r"^## ", rest, maxsplit=1, flags=re.MULTILINE)[0]
    return "\n".join(re.findall(r"^```sh\n(.*?)^```$", body, re.MULTILINE | re.DOTALL))
