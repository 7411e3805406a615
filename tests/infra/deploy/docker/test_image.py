"""The Dockerfile and compose.yaml, checked by linters and schemas where no Docker runs."""

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


def test_dockerfile_is_clean() -> None:
    """hadolint and its shell checks find no fault in the Dockerfile."""
    judged = subprocess.run(
        [_PROGRAMS / "hadolint", _DOCKER / "Dockerfile"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (judged.returncode, judged.stdout) == (0, "")


@pytest.mark.slow
def test_compose_file_matches_the_specification() -> None:
    """compose.yaml is valid by its schema: https://github.com/compose-spec/compose-spec."""
    compose = str(_DOCKER / "compose.yaml")
    judged = subprocess.run(
        [_PROGRAMS / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", compose],
        capture_output=True,
        text=True,
        check=False,
    )
    assert judged.returncode == 0, judged.stdout


@pytest.mark.slow
def test_image_has_what_its_commands_need(tmp_path: Path) -> None:
    """The files that .dockerignore leaves suffice to load every process and command, and the version is set."""
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
        "from worker.jobs.scripts import move_job\n"
        "assert move_job.source\n"
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
    """Both run the commands of docs/deploy.md, which its rehearsal runs as an unprivileged user."""
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
    """Each queue's worker has arq's own health check, and enough time to stop."""
    workers = [service for service in services.values() if "--queue" in service["command"]]
    assert {service["command"][-1] for service in workers} == set(Queue)
    for service in workers:
        assert service["healthcheck"]["test"][1:3] == ["arq", "--check"]
        assert int(service["stop_grace_period"].removesuffix("s")) > 2 * DRAIN_SECONDS


def test_services_are_hardened(services: dict[str, Any]) -> None:
    """A container has no capabilities and a read-only root; its log and its memory are bounded."""
    for service in services.values():
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert service["logging"]["options"]["max-size"]
        assert service["deploy"]["resources"]["limits"]["memory"]
    dockerfile = (_DOCKER / "Dockerfile").read_text()
    assert re.search(r"^USER 10001", dockerfile, re.MULTILINE)


def test_webhook_app_trusts_only_caddy(compose: dict[str, Any], services: dict[str, Any]) -> None:
    """webhook_app trusts the network that it shares only with Caddy."""
    subnets = [one["subnet"] for one in compose["networks"]["web"]["ipam"]["config"]]
    assert services["web"]["environment"]["trusted_proxies"].split(",") == subnets
    assert _members(compose, "web") == {"web", "caddy"}


def test_each_container_reaches_only_what_it_needs(compose: dict[str, Any]) -> None:
    """Only the services reach Redis, and Grafana reaches neither Redis nor the files."""
    service = {"web", "updates", "images", "videos"}
    assert _members(compose, "data") == service | {"redis"}
    assert _members(compose, "files") == service | {"minio", "minio-key"}
    assert _members(compose, "monitoring") == {"web", "prometheus"}
    assert _members(compose, "dashboards") == {"prometheus", "grafana"}
    inner = {name for name, network in compose["networks"].items() if network.get("internal")}
    assert inner == set(compose["networks"]) - {"outside"}


def test_no_container_gains_rights(compose: dict[str, Any]) -> None:
    """Every container starts without capabilities and cannot gain privileges."""
    for service in compose["services"].values():
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]


def test_images_are_pinned_to_one_version(compose: dict[str, Any]) -> None:
    """Images are pinned: an upgrade is a change of this file, not of a tag."""
    images = {service["image"] for service in compose["services"].values()} - {"darkroom"}
    bases = re.findall(r"^FROM (\S+)", (_DOCKER / "Dockerfile").read_text(), re.MULTILINE)
    for image in images | set(bases):
        assert re.search(r":.*\d+[.-]\d+[.-]\d+", image), image


def test_passwords_have_no_default(compose: dict[str, Any]) -> None:
    """Redis and Grafana do not start without a generated password, and the service does not use MinIO's root key."""
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
