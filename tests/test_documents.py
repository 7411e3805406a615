"""The language and the layout of the documents."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
TEXTS = [
    *(page for page in DOCUMENTS if not page.name.endswith(".ru.md")),
    *(ROOT / name for name in ("Makefile", ".env.example", ".ci/run")),
    *(
        file
        for file in sorted((ROOT / "infra" / "deploy").rglob("*"))
        if file.is_file() and file.suffix != ".json"
    ),
]
COLUMNS = 100
DIALECT = re.compile(
    r"\b(whoever|stands|lies|is told|mend(s|ed)?|anew|so many|once more|stood in|stand-ins?"
    r"|front doors?|knock(s|ed)?|house|floors|bells?|shelf|shelves|set aside|all the same"
    r"|of its own|for it is|people)\b",
    re.IGNORECASE,
)
# Not prose: code, link targets, shell and PromQL variables, options of a command.
NAMES = re.compile(r"`[^`]*`|\]\([^)]*\)|\{\{.*?\}\}|--\w+")


def name_of(file: Path) -> str:
    return str(file.relative_to(ROOT))


@pytest.mark.parametrize("page", DOCUMENTS, ids=name_of)
def test_prose_wraps_at_100_columns(page: Path) -> None:
    """Tables, links, images, code and generated blocks may be longer."""
    long = [line for line in prose(page) if len(line) > COLUMNS and " " in line.strip("- ")]
    assert long == []


@pytest.mark.parametrize("file", TEXTS, ids=name_of)
def test_documents_use_plain_terms(file: Path) -> None:
    """No archaism, no metaphor, and none of the project's former private terms."""
    lines = file.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if DIALECT.search(NAMES.sub("", line))] == []


def test_each_decision_has_its_own_number() -> None:
    """The title of a record carries the number of its file."""
    numbers = {page.name: page.name[:4] for page in (ROOT / "docs/adr").glob("*.md")}
    assert len(set(numbers.values())) == len(numbers)
    for name, number in numbers.items():
        title = (ROOT / "docs/adr" / name).read_text(encoding="utf-8").partition("\n")[0]
        assert title.startswith(f"# {int(number)}. ")


def prose(page: Path) -> Iterator[str]:
    """Yield the lines of a page that are wrapped by hand."""
    text = page.read_text(encoding="utf-8")
    text = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"<!-- bench:.*?<!-- /bench:", "", text, flags=re.DOTALL)
    for line in text.splitlines():
        if not line.startswith(("|", "<", "![")):
            yield line
