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
from worker.queues.names import Queue

_DEPLOY = ROOT / "infra" / "deploy"
_DOCKER = _DEPLOY / "docker"
_PROGRAMS = Path(sys.executable).parent


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.safe_load((_DOCKER / "compose.yaml").read_text())
    return parsed


@pytest.fixture(scope="module")
def services(compose: dict[str, Any]) -> dict[str, Any]:
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


@pytest.mark.slow
def test_the_image_holds_what_its_commands_need(tmp_path: Path) -> None:
    """What .dockerignore lets in is enough to load every process and every command, and the version is told."""
    for name in _let_in():
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    for name in _kept_out():
        shutil.rmtree(tmp_path / name, ignore_errors=True)
    script = (
        "import worker.composition, click\n"
        "from infra.cli import COMMANDS, darkroom\n"
        "for name in set(COMMANDS) - {'run'}:\n"
        "    print(darkroom.resolve_command(click.Context(darkroom), [name]))\n"
        "from infra.process.version import read_version\n"
        "print(read_version())\n"
    )
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


def test_caddy_is_believed_and_nobody_else(
    compose: dict[str, Any], services: dict[str, Any]
) -> None:
    """The network that webhook_app trusts is the one that only Caddy shares with it."""
    subnets = [one["subnet"] for one in compose["networks"]["web"]["ipam"]["config"]]
    assert services["web"]["environment"]["trusted_proxies"].split(",") == subnets
    assert _members(compose, "web") == {"web", "caddy"}


def test_each_container_reaches_only_what_it_needs(compose: dict[str, Any]) -> None:
    """Redis answers the service alone, and what draws dashboards reaches neither Redis nor the files."""
    service = {"web", "updates", "images", "videos"}
    assert _members(compose, "data") == service | {"redis"}
    assert _members(compose, "files") == service | {"minio", "minio-key"}
    assert _members(compose, "monitoring") == {"web", "prometheus"}
    assert _members(compose, "dashboards") == {"prometheus", "grafana"}
    inner = {name for name, network in compose["networks"].items() if network.get("internal")}
    assert inner == set(compose["networks"]) - {"outside"}


def test_no_container_gains_rights(compose: dict[str, Any]) -> None:
    """Whatever runs in it, it starts without capabilities and gets none."""
    for service in compose["services"].values():
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]


def test_images_are_of_one_exact_version(compose: dict[str, Any]) -> None:
    """An upgrade is a change of this file, and not of somebody else's tag."""
    images = {service["image"] for service in compose["services"].values()} - {"darkroom"}
    bases = re.findall(r"^FROM (\S+)", (_DOCKER / "Dockerfile").read_text(), re.MULTILINE)
    for image in images | set(bases):
        assert re.search(r":.*\d+[.-]\d+[.-]\d+", image), image


def test_no_password_is_everybodys(compose: dict[str, Any]) -> None:
    """Redis and Grafana do not start without one that was made, and MinIO's root key is not the service's."""
    services = compose["services"]
    assert services["redis"]["command"][-1] == "${REDIS_PASSWORD}"
    assert "${REDIS_PASSWORD:?" in services["web"]["environment"]["redis_url"]
    assert (
        "${GRAFANA_PASSWORD:?" in services["grafana"]["environment"]["GF_SECURITY_ADMIN_PASSWORD"]
    )
    root, key = services["minio"]["environment"], services["minio-key"]["environment"]
    assert "AWS" not in str(root)
    assert root["MINIO_ROOT_PASSWORD"] != key["SECRET"]


def _members(compose: dict[str, Any], network: str) -> set[str]:
    return {name for name, one in compose["services"].items() if network in one["networks"]}
