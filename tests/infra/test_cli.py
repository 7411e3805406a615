"""The command `darkroom`, as a user types it."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from infra.cli import COMMANDS
from tests.processes import ROOT
from tests.programs import find_program
from tests.terminal import DARKROOM
from worker.queues.names import Queue

#: No Redis listens here.
_NOWHERE = {"redis_url": "unix:///nowhere/redis.sock"}
_INCOMPLETE = {"app_env": "production"}
#: Current and former `python -m …` forms, each with the command that it runs.
_MODULES = {
    "infra.run": "run",
    "webhook_app": "web",
    "worker": "worker",
    "infra.doctor": "doctor",
    "worker.backup": "backup",
    "worker.operations.backup": "backup",
    "worker.poisoned": "dead-letters",
    "worker.operations.dead_letters": "dead-letters",
    "worker.forget": "erase-user",
    "worker.users.erase": "erase-user",
    "infra.fal.models": "models",
    "infra.archive": "migrate-media",
    "infra.storage.migrate": "migrate-media",
}


def _type(
    command: list[str], folder: Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **(environment or {})},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_lists_every_command_in_the_order_of_use(option: str, tmp_path: Path) -> None:
    """The help has all twelve of them, each with a line."""
    shown = _type([DARKROOM, option], tmp_path)
    assert (shown.returncode, shown.stderr) == (0, "")
    rows = shown.stdout.partition("Commands:\n")[2].splitlines()
    assert [row.split(maxsplit=1) for row in rows] == [
        [name, line] for name, (_, line) in COMMANDS.items()
    ]
    assert list(COMMANDS) == [
        *("run", "web", "worker", "doctor", "backup", "restore", "dead-letters"),
        *("jobs", "erase-user", "models", "reconcile", "migrate-media"),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_help(name: str, tmp_path: Path) -> None:
    """Its help begins with the line of the list, and has both spellings of the option."""
    shown = _type([DARKROOM, name, "--help"], tmp_path)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.startswith(f"Usage: darkroom {name} ")
    assert f"\n\n  {COMMANDS[name][1]}\n" in shown.stdout
    assert "  -h, --help " in shown.stdout


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_unknown_option_is_wrong_usage(name: str, tmp_path: Path) -> None:
    """Exit code 2, the option's name and the command for help; nothing was done."""
    ended = _type([DARKROOM, name, "--no-such-option"], tmp_path)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "No such option '--no-such-option'" in ended.stderr
    assert f"darkroom {name} --help" in ended.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [[], ["backup"], ["dead-letters"]])
def test_group_without_a_command_lists_its_commands(arguments: list[str], tmp_path: Path) -> None:
    """It is wrong usage too."""
    ended = _type([DARKROOM, *arguments], tmp_path)
    assert ended.returncode == 2
    assert "Commands:" in ended.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["worker", "--queue", "audio"],
        ["backup", "create"],
        ["backup", "nonsense"],
        ["restore"],
        ["dead-letters", "retry"],
        ["erase-user", "anya"],
        ["migrate-media", "media"],
    ],
)
def test_wrong_arguments_are_named(arguments: list[str], tmp_path: Path) -> None:
    """Exit code 2, and an error that names the wrong one."""
    ended = _type([DARKROOM, *arguments], tmp_path)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "Error: " in ended.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "environment", "reason"),
    [
        (["run"], {"api_port": "many"}, "api_port"),
        (["web"], _INCOMPLETE, "tg_bot_token"),
        (["worker"], _INCOMPLETE, "tg_bot_token"),
        (["doctor"], _INCOMPLETE, "tg_bot_token"),
        (["backup", "create", "backups"], _NOWHERE, "Redis does not answer"),
        (["backup", "create", "/dev/null/backups"], _NOWHERE, "/dev/null/backups"),
        (["backup", "verify", "backups"], {}, "holds no backup"),
        (["restore", "backups"], _NOWHERE, "Redis does not answer"),
        (["dead-letters", "list"], _NOWHERE, "Redis does not answer"),
        (["dead-letters", "retry", "all"], _NOWHERE, "Redis does not answer"),
        (["erase-user", "7"], _NOWHERE, "Redis does not answer"),
        (["erase-user", "7"], _INCOMPLETE, "tg_bot_token"),
        (["migrate-media", "media", "backups"], {}, "The folder media does not exist."),
    ],
)
def test_failed_command_exits_with_1(
    arguments: list[str], environment: Mapping[str, str], reason: str, tmp_path: Path
) -> None:
    """The reason is one line, without a traceback."""
    ended = _type([DARKROOM, *arguments], tmp_path, environment)
    said = ended.stdout + ended.stderr
    assert ended.returncode == 1, said
    assert reason in said
    assert "Traceback" not in said


def test_missing_package_is_named(tmp_path: Path) -> None:
    """A command says which package it lacks, such as the fakes in an image."""
    lacking = "raise ModuleNotFoundError(name='jsonschema_rs')"
    (tmp_path / "jsonschema_rs.py").write_text(lacking)
    ended = _type([DARKROOM, "models"], tmp_path, {"PYTHONPATH": f"{tmp_path}:{ROOT}"})
    assert ended.returncode == 1
    assert ended.stderr == (
        "Error: models needs jsonschema_rs, which is not installed:"
        " run it in a checkout after `make install`.\n"
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("d", ["doctor", "dead-letters"]),
        ("", list(COMMANDS)),
        ("backup ", ["create", "restore", "verify"]),
        ("worker --queue ", [*Queue]),
        ("erase-user 7 --", ["--yes", "--cancel", "--help"]),
    ],
)
def test_completion(words: str, offered: list[str], tmp_path: Path) -> None:
    """Bash completion offers commands, options and their values."""
    typed = f"darkroom {words}"
    asked = {
        "_DARKROOM_COMPLETE": "bash_complete",
        "COMP_WORDS": typed,
        "COMP_CWORD": str(len(typed.split(" ")) - 1),
    }
    answer = _type([DARKROOM], tmp_path, asked)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert [line.partition(",")[2] for line in answer.stdout.splitlines()] == offered


def test_documented_completion_line_works(tmp_path: Path) -> None:
    """The documented shell line defines a completion for this command."""
    page = (ROOT / "docs" / "operations.md").read_text()
    line = 'eval "$(_DARKROOM_COMPLETE=bash_source darkroom)"'
    assert line in page
    environment = {"PATH": f"{Path(DARKROOM).parent}:{os.environ['PATH']}"}
    shell = [find_program("bash", "bash"), "-c", f"{line}; complete -p darkroom"]
    ended = _type(shell, tmp_path, environment)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.split()[-1] == "darkroom"


def test_command_loads_no_other(tmp_path: Path) -> None:
    """Help and completion load no command; web does not load what the worker runs."""
    script = (
        "import sys, click\n"
        "from infra.cli import darkroom\n"
        "def loaded(*words):\n"
        "    try:\n"
        "        darkroom(words)\n"
        "    except SystemExit:\n"
        "        found = {name for name in sys.modules if name.startswith(('worker', 'webhook_app'))}\n"
        "        libraries = {'aiogram', 'redis', 'pydantic', 'obstore'} & set(sys.modules)\n"
        "        print(sorted(found | libraries), file=sys.stderr)\n"
        "loaded('--help')\n"
        "loaded('web', '--help')\n"
    )
    ended = _type([sys.executable, "-c", script], tmp_path)
    assert ended.returncode == 0, ended.stderr
    help_only, web = ended.stderr.splitlines()
    assert help_only == "[]"
    assert "webhook_app.app" in web
    for absent in ("aiogram", "obstore", "worker.__main__", "worker.main", "worker.composition"):
        assert f"'{absent}'" not in web


@pytest.mark.slow
@pytest.mark.parametrize("module", _MODULES)
def test_module_forms_run_the_same_commands(module: str, tmp_path: Path) -> None:
    """`python -m …` has the help of the command, with its own name."""
    shown = _type([sys.executable, "-m", module, "-h"], tmp_path)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.startswith(f"Usage: python -m {module} ")
    assert f"\n\n  {COMMANDS[_MODULES[module]][1]}\n" in shown.stdout
