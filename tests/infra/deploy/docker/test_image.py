"""The Dockerfile and compose.yaml, by what judges them where no Docker runs."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # its types are another package

from tests.infra.deploy.systemd.unit import settings_of
from tests.processes import ROOT
from worker.main import DRAIN_SECONDS
from worker.queue import Queue

_DEPLOY = ROOT / "infra" / "deploy"
_DOCKER = _DEPLOY / "docker"
_PROGRAMS = Path(sys.executable).parent
#: What an operator runs in the image, beside the services themselves.
_COMMANDS = ("infra.doctor", "infra.archive", "worker.backup", "worker.forget", "worker.poisoned")


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    compose: dict[str, Any] = yaml.safe_load((_DOCKER / "compose.yaml").read_text())
    return {name: one for name, one in compose["services"].items() if one["image"] == "darkroom"}


def test_the_dockerfile_is_clean() -> None:
    """A linter of Dockerfiles, and of the shell in them, finds nothing."""
    judged = subprocess.run(
        [_PROGRAMS / "hadolint", _DOCKER / "Dockerfile"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (judged.returncode, judged.stdout) == (0, "")


def test_compose_is_what_the_specification_describes() -> None:
    """No setting is misspelt or in a wrong place: https://github.com/compose-spec/compose-spec."""
    compose = str(_DOCKER / "compose.yaml")
    judged = subprocess.run(
        [_PROGRAMS / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", compose],
        capture_output=True,
        text=True,
        check=False,
    )
    assert judged.returncode == 0, judged.stdout


def test_the_image_holds_what_its_commands_need(tmp_path: Path) -> None:
    """What .dockerignore lets in is enough to load every process and every command, and the version is told."""
    for name in _let_in():
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    for name in _kept_out():
        shutil.rmtree(tmp_path / name, ignore_errors=True)
    modules = ["webhook_app.__main__", "worker.__main__", "worker.composition", *_COMMANDS]
    script = f"import {', '.join(modules)}; from infra.version import read_version; print(read_version())"
    ran = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={"DARKROOM_COMMIT": "0123abc"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert "0123abc" in ran.stdout


def _let_in() -> list[str]:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    return [line.removeprefix("!") for line in lines if line.startswith("!")]


def _kept_out() -> list[str]:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    return [line for line in lines if re.fullmatch(r"[a-z_]+/[a-z_]+", line)]


def test_compose_and_systemd_run_the_same(services: dict[str, Any]) -> None:
    """The commands that the rehearsal of docs/deploy.md has run as a user without rights, in a venv of its own."""
    compose = {tuple(service["command"][1:]) for service in services.values()}
    target = settings_of((_DEPLOY / "systemd" / "darkroom.target").read_text())
    units = [_command_of(unit) for unit in shlex.split(target["Wants"][0])]
    assert compose == set(units)


def _command_of(unit: str) -> tuple[str, ...]:
    name, is_template, instance = unit.removesuffix(".service").partition("@")
    file = _DEPLOY / "systemd" / f"{name}{is_template}.service"
    command = settings_of(file.read_text())["ExecStart"][0].replace("%i", instance)
    return tuple(shlex.split(command)[1:])


def test_every_queue_has_a_worker_with_a_health_check(services: dict[str, Any]) -> None:
    """By arq's own check, of the worker that serves it; and the time that it takes to stop."""
    workers = [service for service in services.values() if "--queue" in service["command"]]
    assert {service["command"][-1] for service in workers} == set(Queue)
    for service in workers:
        assert service["healthcheck"]["test"][1:3] == ["arq", "--check"]
        assert int(service["stop_grace_period"].removesuffix("s")) > 2 * DRAIN_SECONDS


def test_a_service_can_do_little_harm(services: dict[str, Any]) -> None:
    """Nothing to gain, nothing to write but its state; what it logs is bounded, and so is its memory."""
    for service in services.values():
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert service["logging"]["options"]["max-size"]
        assert service["deploy"]["resources"]["limits"]["memory"]
    dockerfile = (_DOCKER / "Dockerfile").read_text()
    assert re.search(r"^USER 10001", dockerfile, re.MULTILINE)


def test_caddy_is_believed_and_nobody_else(services: dict[str, Any]) -> None:
    """The network that the front door trusts is the one that compose makes."""
    compose = yaml.safe_load((_DOCKER / "compose.yaml").read_text())
    subnet = compose["networks"]["default"]["ipam"]["config"][0]["subnet"]
    assert services["web"]["environment"]["trusted_proxies"] == subnet
