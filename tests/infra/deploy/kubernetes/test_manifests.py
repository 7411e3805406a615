"""The manifests, built by kustomize and validated by the schemas of the Kubernetes API."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # its types are another package

from tests.processes import ROOT
from tests.programs import find_program
from worker.main import DRAIN_SECONDS
from worker.queues.names import Queue

_DEPLOY = ROOT / "infra" / "deploy"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return what `kubectl apply --kustomize` sends, with the example settings."""
    kubectl = find_program("kubectl", "kubernetes-client")
    folder = tmp_path_factory.mktemp("kubernetes")
    shutil.copytree(_DEPLOY / "kubernetes", folder, dirs_exist_ok=True)
    shutil.copy(_DEPLOY / "darkroom.env", folder)
    manifests = subprocess.run(
        [kubectl, "kustomize", str(folder)], capture_output=True, text=True, check=True
    ).stdout
    (folder / "built.yaml").write_text(manifests)
    return folder / "built.yaml"


@pytest.fixture
def resources(built: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(built.read_text()))


@pytest.mark.slow
def test_manifests_match_the_api_schemas(built: Path) -> None:
    """The manifests are valid by the API's schemas: no field is misspelt, misplaced or missing."""
    program = Path(sys.executable).parent / "kubernetes-validate"
    judged = subprocess.run(
        [program, "--strict", str(built)], capture_output=True, text=True, check=False
    )
    assert judged.returncode == 0, judged.stdout + judged.stderr


def _containers(resources: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Return each deployment's pod with its one container."""
    for resource in resources:
        if resource["kind"] == "Deployment":
            pod = resource["spec"]["template"]["spec"]
            yield pod, pod["containers"][0]


def test_every_queue_has_a_worker_that_has_time_to_stop(resources: list[dict[str, Any]]) -> None:
    """Every queue has a worker that gets enough time to stop, and an autoscaler on the length of the queue."""
    workers = [(pod, one) for pod, one in _containers(resources) if "--queue" in one["command"]]
    assert {one["command"][-1] for _, one in workers} == set(Queue)
    assert all(pod["terminationGracePeriodSeconds"] > 2 * DRAIN_SECONDS for pod, _ in workers)
    scaled = {
        one["spec"]["metrics"][0]["external"]["metric"]["selector"]["matchLabels"]["queue"]
        for one in resources
        if one["kind"] == "HorizontalPodAutoscaler"
    }
    assert scaled == set(Queue)


def test_pods_are_hardened(resources: list[dict[str, Any]]) -> None:
    """Pods run unprivileged on a read-only root, with limited memory and no token of the Kubernetes API."""
    for pod, container in _containers(resources):
        assert pod["securityContext"]["runAsNonRoot"]
        assert not pod["automountServiceAccountToken"]
        assert container["securityContext"]["readOnlyRootFilesystem"]
        assert container["resources"]["limits"]["memory"]


def test_webhook_app_is_ready_while_dependencies_are_down(resources: list[dict[str, Any]]) -> None:
    """webhook_app stays ready while its dependencies are down: otherwise replacing a worker would cut off Telegram."""
    [web] = [one for _, one in _containers(resources) if one["name"] == "web"]
    assert {web[probe]["httpGet"]["path"] for probe in ("readinessProbe", "livenessProbe")} == {
        "/version"
    }
