"""The READMEs name only what exists."""

import re
import tomllib
from pathlib import Path

import pytest

from infra.fal.models.catalogue import MODELS
from infra.sandbox.fal.fault_words import WORDS
from infra.settings import Settings

ROOT = Path(__file__).parent.parent
PAGES = [
    "README.md",
    "README.ru.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    *(str(page.relative_to(ROOT)) for page in sorted((ROOT / "docs").rglob("*.md"))),
]
READMES = PAGES[:2]


@pytest.mark.parametrize("page", PAGES)
def test_every_link_has_its_file(page: str) -> None:
    """A relative link or image names a file of this repository."""
    text = (ROOT / page).read_text()
    targets = re.findall(r'(?:\]\(|src=")(?!https?://|#)([^)"#]+)', text)
    folder = (ROOT / page).parent
    assert [target for target in targets if not (folder / target).exists()] == []


def test_one_word_for_an_image_and_one_for_a_video() -> None:
    """The documents use the words that the bot uses; paths, identifiers and anchors are not words."""
    other_words = re.compile(
        r"картин|клип|(?<![\w/.`-])(?:pictures?|clips?)(?![\w/`-]|\.\w)", re.IGNORECASE
    )
    pages = [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        ROOT / ".env.example",
        *(ROOT / "infra/sandbox").rglob("words_*.js"),
    ]
    found = [
        f"{page.relative_to(ROOT)}: {line}"
        for page in pages
        for line in page.read_text(encoding="utf-8").splitlines()
        if other_words.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("page", READMES)
def test_two_commands_are_in_the_first_screen(page: str) -> None:
    """They are in one block, before anything that needs scrolling."""
    first_screen = (ROOT / page).read_text().split("<img")[0]
    assert re.search(r"^make run +#.*\nmake test +#", first_screen, re.MULTILINE)
    assert first_screen.count("\n") < 25


@pytest.mark.parametrize("page", PAGES)
def test_every_anchor_is_a_heading(page: str) -> None:
    """A link to a section, of this page or another, names a heading as GitHub spells it."""
    text = (ROOT / page).read_text()
    links = re.findall(r"\]\((?!https?://)([^)#]*)#([\w-]+)\)", text)
    folder = (ROOT / page).parent
    missing = [
        (target, anchor)
        for target, anchor in links
        if anchor not in headings(folder / target if target else ROOT / page)
    ]
    assert missing == []


def headings(page: Path) -> set[str]:
    """Return the anchors that GitHub makes of a page's headings."""
    found = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", one).lower().replace(" ", "-") for one in found}


@pytest.mark.parametrize("page", READMES)
def test_every_command_has_its_path(page: str) -> None:
    """Commands of the virtual environment are written with their path, without which a shell does not find them."""
    text = (ROOT / page).read_text()
    typed = re.findall(r"(\S*)(?:darkroom (?:web|worker|doctor)\b|python -m)", text)
    assert typed
    assert {prefix.lstrip("`(") for prefix in typed} == {".venv/bin/"}


@pytest.mark.parametrize("page", READMES)
def test_every_make_target_exists(page: str) -> None:
    """The Makefile has every target that a page names."""
    named = set(
        re.findall(r"(?:`|^| )make ([a-z]+)(?=`|$)", (ROOT / page).read_text(), re.MULTILINE)
    )
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert named <= targets


@pytest.mark.parametrize("page", READMES)
def test_every_setting_exists(page: str) -> None:
    """The tables and examples spell settings as `infra/settings.py` does."""
    text = (ROOT / page).read_text()
    rows = re.findall(r"^\| (`[^|]+`) \|", text, re.MULTILINE)
    examples = re.findall(r"^([a-z_]+)=", text, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`([a-z_]+)`", row)} | set(examples)
    assert named
    assert named <= set(Settings.model_fields)


@pytest.mark.parametrize("page", READMES)
def test_every_fault_word_exists(page: str) -> None:
    """The pages spell the fault words of a prompt as the fake fal does."""
    named = set(re.findall(r"`(#\w+)`", (ROOT / page).read_text()))
    assert named
    assert named <= WORDS.keys()


@pytest.mark.parametrize(
    ("page", "words", "models"),
    [
        ("README.md", {}, "of fal's"),
        ("README.ru.md", {" ms": " мс", " of ": " из "}, "моделей fal"),
    ],
)
def test_figures_are_those_of_the_code_and_the_benchmark(
    page: str, words: dict[str, str], models: str
) -> None:
    """The READMEs repeat three rows of docs/performance.md, and the size of the model table."""
    measured = (ROOT / "docs" / "performance.md").read_text()
    felt = measured.partition("<!-- bench:felt -->")[2].partition("<!-- /bench:felt -->")[0]
    figures = dict(re.findall(r"^\| (\d+) \| .+ \| (.+) \|$", felt, re.MULTILINE))
    expected = [figures[row] for row in ("3", "6", "13")]
    for english, word in words.items():
        expected = [figure.replace(english, word) for figure in expected]
    text = (ROOT / page).read_text()
    table = (
        text.partition("docs/performance.md")[2].partition("|---|--:|\n")[2].partition("\n\n")[0]
    )
    assert [line.split(" | ")[-1].removesuffix(" |") for line in table.splitlines()] == expected
    assert f"| {len(MODELS)} {models} |" in text


def test_every_direct_dependency_is_explained() -> None:
    """docs/dependencies.md lists exactly what pyproject.toml requires."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert listed("Runtime") == names(project["project"]["dependencies"])
    assert listed("Development") == names(project["dependency-groups"]["dev"])


def listed(section: str) -> set[str]:
    """Return the packages in the first column of a section's table."""
    text = (ROOT / "docs" / "dependencies.md").read_text()
    table = text.partition(f"## {section}\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| ([a-z][^|]*) \|", table, re.MULTILINE)
    return {name for row in rows for name in row.split(", ")} - {"package"}


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[<>=]", requirement)[0] for requirement in requirements}
