"""Every internal of a library that we use has its row in docs/dependencies.md, its module and its test."""

import ast
import functools
import importlib
import inspect
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent
LIBRARIES = {"aiogram", "arq", "redis", "uvicorn"}
# The fakes are not part of the product, and `python -m …` is started, not imported.
SOURCES = [
    path
    for package in ("infra", "webhook_app", "worker")
    for path in sorted((ROOT / package).rglob("*.py"))
    if "sandbox" not in path.parts and path.name != "__main__.py"
]
PRIVATE = re.compile(r"\b_[a-z]\w*")


class Internal(NamedTuple):
    library: str
    part: str
    module: str
    test: str


def rows() -> list[Internal]:
    text = (ROOT / "docs" / "dependencies.md").read_text()
    table = text.partition("## Internals of libraries\n")[2].partition("\n## ")[0]
    found = re.findall(
        r"^\| ([a-z-]+) \| `(.+?)` \| `(.+?)` \| .+ \| `(.+?)` \|$", table, re.MULTILINE
    )
    assert len(found) == table.count("\n| ") - 1
    return [Internal(*row) for row in found]


def is_private(name: str) -> bool:
    return PRIVATE.fullmatch(name) is not None


def inherited(path: Path) -> Iterator[str]:
    """Return private names of a library's class that a subclass of ours uses or overrides, also by accident."""
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    module = importlib.import_module(name)
    for cls in vars(module).values():
        if not inspect.isclass(cls) or cls.__module__ != name:
            continue
        bases = [base for base in cls.__mro__ if base.__module__.split(".")[0] in LIBRARIES]
        theirs = {word for base in bases for word in PRIVATE.findall(inspect.getsource(base))}
        if theirs:
            tree = ast.parse(textwrap.dedent(inspect.getsource(cls)))
            used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
            yield from filter(is_private, (used | vars(cls).keys()) & theirs)


def foreign(path: Path) -> Iterator[str]:
    """Return private attributes, modules and names that our code uses and does not define."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and is_private(node.attr) and node.attr not in ours():
            yield node.attr
        if isinstance(node, ast.ImportFrom) and node.module:
            names = {*node.module.split("."), *(alias.name for alias in node.names)}
            yield from filter(is_private, names - ours())


def defined(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name
            case ast.Attribute(ctx=ast.Store()):
                yield node.attr
            case ast.Name(ctx=ast.Store()):
                yield node.id


@functools.cache
def ours() -> frozenset[str]:
    return frozenset(name for path in SOURCES for name in defined(path)) | {"_exit"}


@pytest.mark.slow
def test_internals_of_libraries_have_a_row() -> None:
    """A module uses no private part of a library that the table does not list for it."""
    listed = {(row.module, row.part.rpartition(".")[2]) for row in rows()}
    used = {
        (str(path.relative_to(ROOT)), name)
        for path in SOURCES
        for name in (*inherited(path), *foreign(path))
    }
    assert used - listed == set()
    assert len(used) >= 7


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.part)
def test_internal_is_used_in_one_module(row: Internal) -> None:
    """Each part of the table is used in its module and in no other, so that one place changes with it."""
    word = re.compile(rf"\b{row.part.rpartition('.')[2]}\b")
    users = [
        str(path.relative_to(ROOT))
        for path in SOURCES
        if word.search(path.read_text()) and row.library.split("-")[0] in path.read_text()
    ]
    assert users == [row.module]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.part)
def test_internal_has_its_test(row: Internal) -> None:
    """The test that the table names exists."""
    file, _, name = row.test.partition("::")
    assert f"def {name}(" in (ROOT / file).read_text()
