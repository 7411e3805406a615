"""Alerts, the dashboard and Prometheus's configuration, checked against /metrics by Prometheus's own tool."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # its types are another package
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from infra.observability.metrics import FAMILIES
from tests.processes import ROOT
from tests.programs import find_program

MONITORING = ROOT / "infra" / "deploy" / "monitoring"
GRAFANA = MONITORING / "grafana"
OPERATIONS = ROOT / "docs" / "operations.md"


def promtool(*arguments: str, folder: Path = MONITORING) -> str:
    tool = find_program("promtool", "prometheus")
    ran = subprocess.run(
        [tool, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def expressions() -> Iterator[str]:
    """Return every PromQL expression of the dashboard."""
    dashboard = json.loads((GRAFANA / "dashboards/darkroom.json").read_text())
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            yield target["expr"]


def test_prometheus_accepts_the_configuration(tmp_path: Path) -> None:
    """promtool accepts the configuration with its rules and the token file."""
    shutil.copytree(MONITORING, tmp_path, dirs_exist_ok=True)
    (tmp_path / "api_token").write_text("a-token")
    assert "SUCCESS: 1 rule files found" in promtool(
        "check", "config", "prometheus.yml", folder=tmp_path
    )


def test_each_alert_fires_when_it_should() -> None:
    """Figures of a quiet installation trigger no alert; figures of each problem trigger its alert."""
    assert "SUCCESS" in promtool("test", "rules", "alerts_test.yml")
    tried = (MONITORING / "alerts_test.yml").read_text()
    assert [name for name in alerts() if name not in tried] == []


def test_each_alert_links_to_its_runbook() -> None:
    """An alert's runbook is the section of its name."""
    rules = (MONITORING / "alerts.yml").read_text()
    anchors = re.findall(r"runbook_url: '.*/operations\.md#(\w+)'", rules)
    assert anchors == [name.lower() for name in alerts()]
    headings = re.findall(r"^#+ (\w+)$", OPERATIONS.read_text(), re.MULTILINE)
    assert [name for name in alerts() if name not in headings] == []


@pytest.mark.parametrize("place", ["alerts", "dashboard"])
def test_queried_metrics_exist(place: str) -> None:
    """Every metric that an alert or a panel uses exists in /metrics."""
    alerts_text = (MONITORING / "alerts.yml").read_text()
    text = alerts_text if place == "alerts" else "\n".join(expressions())
    named = set(re.findall(r"\bdarkroom_\w+", text))
    assert named
    assert {name for name in named if _family(name) not in FAMILIES} == set()


def test_grafana_knows_every_field_of_the_dashboard() -> None:
    """Grafana's own model reads the dashboard and writes it back without losing or changing a field."""
    register_default_plugins()
    dashboard = json.loads((GRAFANA / "dashboards/darkroom.json").read_text())
    again = json.loads(JSONEncoder().encode(Dashboard.from_json(dashboard)))
    assert list(_lost(dashboard, again)) == []


def test_panels_use_the_provisioned_data_source() -> None:
    """The provisioned data source has the name that every panel uses."""
    setup = yaml.safe_load((GRAFANA / "provisioning/datasources/darkroom.yml").read_text())
    dashboard = (GRAFANA / "dashboards/darkroom.json").read_text()
    asked = set(re.findall(r'"type": "prometheus",\s+"uid": "([^"]+)"', dashboard))
    assert asked == {source["uid"] for source in setup["datasources"]}


def test_each_metric_has_a_panel() -> None:
    """Every metric has a panel."""
    shown = "\n".join(expressions())
    assert [name for name in FAMILIES if name not in shown] == []


def test_panel_queries_are_valid_promql(tmp_path: Path) -> None:
    """Prometheus parses every expression, with Grafana's variables filled in."""
    rules = [
        {"record": f"panel:number:{number}", "expr": expression}
        for number, expression in enumerate(map(_filled, expressions()))
    ]
    (tmp_path / "panels.yml").write_text(json.dumps({"groups": [{"name": "all", "rules": rules}]}))
    assert f"{len(rules)} rules found" in promtool("check", "rules", "panels.yml", folder=tmp_path)


def alerts() -> list[str]:
    return re.findall(r"- alert: (\w+)", (MONITORING / "alerts.yml").read_text())


def _filled(expression: str) -> str:
    return expression.replace("$__rate_interval", "1m").replace("$bot", ".*")


def _family(name: str) -> str:
    return re.sub(r"_(bucket|count|sum)$", "", name) if name not in FAMILIES else name


def _lost(ours: Any, again: Any, path: str = "") -> Iterator[str]:
    """Return the paths where our value is missing or changed; ignore added defaults."""
    if isinstance(ours, dict):
        for key, value in ours.items():
            yield from _lost(value, again.get(key), f"{path}.{key}") if again else [path]
    elif isinstance(ours, list):
        for index, value in enumerate(ours):
            inside = again and index < len(again)
            yield from _lost(value, again[index] if inside else None, f"{path}[{index}]")
    elif ours != again:
        yield path
