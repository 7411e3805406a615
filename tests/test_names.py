"""The names and the language of the code: design terms instead of the project's former private ones."""

import ast
import io
import re
import subprocess
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
FILES = [
    ROOT / name
    for name in subprocess.run(
        ["git", "ls-files", "*.py"],  # noqa: S607 - git of the developer
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
]
LUA = sorted(
    path for part in ("infra", "webhook_app", "worker") for path in (ROOT / part).rglob("*.lua")
)
PRODUCT = [file for file in FILES if file.relative_to(ROOT).parts[0] != "tests"]
#: Former names; each has one standard term today, which CONTRIBUTING and the code use.
FORMER = frozenset(
    """
    Alarm alarm anchor Apologies Away Board call_off Concession conclude_wish Deed deed Drawing
    DueSet explain_gone Extract Flaw FrontDoor hand_over Held hold_little insist is_wished
    LatePage LateStorage Means members_only mend Numbers Obstacle of_job Offering offering Once
    owner_only Pace Panel panel Parcel patience People people Person person person_id
    PersonStore Poison poison_id poisons PoisonStore Reception reception reopen settle Shelf
    Shelves shelves ShownJob ShownPicture ShownPrice Snapshot stand_in stand_ins StandIn stumble
    Talk talk Talking TRIES Trouble trouble Turns turns Visit Visitor visitor wish
    """.split()  # noqa: SIM905 - a list of fifty would take a page
)
#: Names in which a former word has its usual meaning: a setting's former value, links in Markdown, Grafana's panels.
USUAL = {
    ("infra/settings.py", "rename_door"),
    ("tests/test_operations.py", "anchor"),
    ("tests/test_readme.py", "anchor"),
    ("tests/infra/deploy/monitoring/test_monitoring.py", "panel"),
}
#: Former words, also as a part of a name.
FORMER_WORDS = frozenset({"apology", "door", "doors", "trouble", "wish", "wished"})
FORMER_IN_LUA = FORMER | {"bell", "line", "look", "mended", "place", "ring", "shelf", "stands"}
#: Former words in the names of Redis keys.
FORMER_IN_KEYS = {
    "alarmed",
    "bell",
    "line",
    "people",
    "person",
    "poisoned",
    "shelf",
    "told",
    "turns",
}
KEY = re.compile(r"darkroom:[\w:{}.|()-]*")
#: Keys that processes of the version before write beside this one (docs/redis.md).
FORMER_KEYS = {
    f"darkroom:{name}" for name in ("access-told", "bell", "line", "poisoned", "waiting")
}
#: Keys with a former word, and why they exist.
EXCEPTIONS = {
    *FORMER_KEYS,
    # Every process reads and writes the data of users. A rename would take three releases that write it twice.
    *("darkroom:people", "darkroom:person"),
}
#: They name keys of backups, and of users, by patterns.
PATTERNS = {"worker/operations/backup/restore.py", "worker/users/erase/keys.py"}
DIALECT = re.compile(
    r"\b(whoever|stands|lies|is told|mend(s|ed)?|anew|so many|once more|stood in|stand-ins?"
    r"|front doors?|knock(s|ed)?|shelf|shelves|set aside|all the same|for it is)\b",
    re.IGNORECASE,
)


def test_no_identifier_has_a_former_name() -> None:
    """One concept has one name: functions, classes, parameters, variables and attributes, of the tests too."""
    found = {
        (str(file.relative_to(ROOT)), name)
        for file in FILES
        for name in defined(ast.parse(file.read_text(encoding="utf-8")))
        if name in FORMER or FORMER_WORDS.intersection(parts(name))
    }
    assert found - USUAL == set()


def test_no_lua_variable_has_a_former_name() -> None:
    """Functions, parameters and variables of the Lua scripts use the same terms."""
    found = {
        str(file.relative_to(ROOT)): names
        for file in LUA
        if (names := FORMER_IN_LUA & set(defined_in_lua(file.read_text(encoding="utf-8"))))
    }
    assert found == {}


def test_no_redis_key_has_a_former_name() -> None:
    """Keys in Python and in Lua, but for those that the version before writes."""
    found = {
        f"{file.relative_to(ROOT)}: {key}"
        for file in (*PRODUCT, *LUA)
        if str(file.relative_to(ROOT)) not in PATTERNS
        for key in KEY.findall(file.read_text(encoding="utf-8"))
        if FORMER_IN_KEYS & set(re.findall(r"\w+", re.sub(r"{.*?}", "", key)))
        and re.sub(r":?({.*)?$", "", key) not in EXCEPTIONS
    }
    assert found == set()


def test_each_redis_key_has_its_row_in_the_documentation() -> None:
    """Every key that the code names, by its fixed part, and no other."""
    keys = {
        re.sub(r":?([{*].*)?$", "", key)
        for file in (*PRODUCT, *LUA)
        if str(file.relative_to(ROOT)) not in PATTERNS
        for key in re.findall(r"""['"](darkroom:[^'"]+)['"]""", file.read_text(encoding="utf-8"))
    }
    rows = re.findall(r"^\| (`.+?`) \|", (ROOT / "docs" / "redis.md").read_text(), re.MULTILINE)
    documented = {
        re.sub(r":?([{…].*)?$", "", key)
        for row in rows
        for key in re.findall(r"`(darkroom:[^`]+)`", row)
    }
    assert keys - FORMER_KEYS == documented - {"darkroom:webhook:lock"}  # its suffix is added


def test_docstrings_and_comments_use_plain_terms() -> None:
    """No archaism, no metaphor, and none of the project's former private terms."""
    found = [
        f"{file.relative_to(ROOT)}: {text}"
        for file in (*FILES, *LUA)
        # Tokenizing takes long: only what contains such a word at all.
        if DIALECT.search(source := file.read_text(encoding="utf-8"))
        for text in prose(source, file.suffix)
        if DIALECT.search(re.sub(r"`[^`]*`", "", text))
    ]
    assert found == []


def parts(name: str) -> list[str]:
    """Split a name in words: `kill_doors`, `KillDoors`."""
    return [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)]


def defined(tree: ast.Module) -> Iterator[str]:
    """Yield the names that a module defines, without leading underscores."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name.strip("_")
            case ast.ClassDef(name=name) | ast.arg(arg=name):
                yield name.strip("_")
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name.strip("_")


def defined_in_lua(source: str) -> Iterator[str]:
    """Yield the names of local variables, functions, parameters and loop variables."""
    for names in re.findall(
        r"\blocal (?:function )?([\w, ]+)|\bfunction \w*\(([\w, ]*)\)|\bfor ([\w, ]+?) (?:=|in)\b",
        source,
    ):
        yield from re.findall(r"\w+", " ".join(names))


def prose(source: str, suffix: str) -> Iterator[str]:
    """Yield the comments and the docstrings of a module."""
    if suffix == ".lua":
        yield from re.findall(r"--.*", source)
        return
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""
