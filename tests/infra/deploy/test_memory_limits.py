"""Memory limits of the three deployments, compared with the decoding budget."""

from collections.abc import Iterator

import pytest
import yaml  # type: ignore[import-untyped]  # its types are another package

from infra.images.decode import BUDGET
from tests.infra.deploy.systemd.unit import settings_of
from tests.processes import ROOT

_DEPLOY = ROOT / "infra" / "deploy"
_UNITS = {"M": 2**20, "Mi": 2**20, "m": 2**20, "G": 2**30, "Gi": 2**30, "g": 2**30}
# Resident memory when idle (docs/performance.md), incoming results, and a child's interpreter.
_BESIDE = (241 + 40 + 50) * 2**20


def _limits() -> Iterator[tuple[str, str]]:
    unit = _DEPLOY / "systemd" / "darkroom-worker@.service"
    yield "systemd", settings_of(unit.read_text())["MemoryMax"][-1]
    compose = yaml.safe_load((_DEPLOY / "docker" / "compose.yaml").read_text())
    for name, service in compose["services"].items():
        if "worker" in (service.get("command") or ()):
            yield f"compose {name}", service["deploy"]["resources"]["limits"]["memory"]
    for manifest in yaml.safe_load_all((_DEPLOY / "kubernetes" / "workers.yaml").read_text()):
        container = manifest["spec"]["template"]["spec"]["containers"][0]
        yield (
            f"kubernetes {manifest['metadata']['name']}",
            container["resources"]["limits"]["memory"],
        )


@pytest.mark.parametrize(("where", "limit"), list(_limits()))
def test_memory_limit_exceeds_the_decoding_budget(where: str, limit: str) -> None:
    """The decoding budget, a child's included, stays below the limit at which the kernel kills."""
    number = limit.rstrip("MmGgi")
    assert int(number) * _UNITS[limit.removeprefix(number)] >= BUDGET + _BESIDE, where


def test_oom_kill_of_a_child_does_not_stop_the_worker() -> None:
    """OOMPolicy keeps the unit running: by default systemd stops a unit when the kernel kills one of its processes."""
    unit = settings_of((_DEPLOY / "systemd" / "darkroom-worker@.service").read_text())
    assert unit["OOMPolicy"][-1] == "continue"
