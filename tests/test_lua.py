"""The Lua scripts: compiled by Valkey, checked by luacheck, and honest about their keys."""

import re
import subprocess
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

import pytest
from arq.connections import ArqRedis

import infra.redis
import infra.telegram
import webhook_app.http
import worker
from infra.redis.script import NOW, ROOT, Script
from tests.programs import find_program

PACKAGES = (infra.redis, infra.telegram, webhook_app.http, worker)
MODULES = [
    import_module(module.name)
    for package in PACKAGES
    for module in walk_packages(package.__path__, f"{package.__name__}.")
    if not module.name.endswith("__main__")
]
SCRIPTS: dict[str, Script[Any]] = {
    str(value.path.relative_to(ROOT)): value
    for module in MODULES
    for value in vars(module).values()
    if isinstance(value, Script)
}
FILES = {
    str(path.relative_to(ROOT))
    for part in ("infra", "webhook_app", "worker")
    for path in (ROOT / part).rglob("*.lua")
}
LAYERS = (
    *("infra", "worker.queues", "worker.model", "worker.limits", "worker.jobs"),
    *("worker.comparisons", "worker.operations", "worker.prompt_helper", "webhook_app"),
)
#: A key that the script builds by itself: cluster servers route a script by its declared keys.
BUILT_KEY = re.compile(r"'(darkroom|arq):|job_key_prefix|in_progress_key_prefix")
CLUSTER = re.compile(r"^-- cluster: (one slot|no: .+)$", re.MULTILINE)


@pytest.fixture(params=SCRIPTS)
def script(request: pytest.FixtureRequest) -> Script[Any]:
    return SCRIPTS[request.param]


def test_each_lua_file_is_used() -> None:
    """A file is a script with its declaration, or scripts require it."""
    required = {
        f"{name.replace('.', '/')}.lua"
        for script in SCRIPTS.values()
        for name in script.requirements
    }
    assert SCRIPTS.keys() | (required & FILES) == FILES


def test_lua_requires_only_lower_layers() -> None:
    """The layers of pyproject.toml, which import-linter cannot check in Lua."""
    found = [
        (file, name)
        for file in FILES
        for names in re.findall(r"^-- requires: (.+)$", (ROOT / file).read_text(), re.MULTILINE)
        for name in names.split(", ")
        if layer(name) > layer(file.replace("/", "."))
    ]
    assert found == []


def layer(name: str) -> int:
    return max(
        (number for number, part in enumerate(LAYERS) if name.startswith(f"{part}.")), default=-1
    )


async def test_script_compiles(script: Script[Any], redis: ArqRedis) -> None:
    """Valkey loads it with everything that it requires."""
    assert await redis.script_load(script.source)


def test_script_declares_its_keys(script: Script[Any]) -> None:
    """A script that could run on one cluster slot gets every key from its caller; any other says why it cannot."""
    text = script.path.read_text()
    (cluster,) = CLUSTER.findall(text)
    builds_keys = any(BUILT_KEY.search(re.sub(r"--.*", "", part)) for part in script.parts)
    assert not (builds_keys and cluster == "one slot")


def test_luacheck_finds_no_fault(tmp_path: Path) -> None:
    """No undefined or unused variable, no unused argument, no assignment without effect."""
    for name, script in SCRIPTS.items():
        file = tmp_path / name.replace("/", ".")
        file.write_text("\n".join(_annotated(script)))
    luacheck("--no-max-line-length", tmp_path)


def test_lua_files_have_short_lines_and_no_blanks_at_the_end() -> None:
    """The generated parts of a script have long lines, so files are checked for this one by one."""
    luacheck("--only", "6", "--", *sorted(FILES))


def luacheck(*arguments: str | Path) -> None:
    command = (
        find_program("luacheck", "lua-check"),
        "--config",
        ROOT / ".luacheckrc",
        "--no-color",
    )
    ran = subprocess.run(
        (*command, "--quiet", *arguments), cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def _annotated(script: Script[Any]) -> list[str]:
    """Return the parts of a script, in which a required part may define more than the script uses."""
    parts = []
    *required, parameters, text = script.parts
    for part in (NOW, *required):
        names = re.findall(r"^local (?:function )?([\w, ]+)", part, re.MULTILINE)
        unused = " ".join(f"211/{name}" for name in re.split(r"[, ]+", " ".join(names)))
        parts += [f"-- luacheck: push ignore {unused}", part, "-- luacheck: pop"]
    return [*parts, parameters, text]
