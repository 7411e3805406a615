"""The alerts, the dashboard and Prometheus's configuration, held to what /metrics has by Prometheus's own tool."""

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
    """Every PromQL expression of the dashboard."""
    dashboard = json.loads((GRAFANA / "dashboards/darkroom.json").read_text())
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            yield target["expr"]


def test_prometheus_takes_the_configuration(tmp_path: Path) -> None:
    """With its rules, and the token in a file."""
    shutil.copytree(MONITORING, tmp_path, dirs_exist_ok=True)
    (tmp_path / "api_token").write_text("a-token")
    assert "SUCCESS: 1 rule files found" in promtool(
        "check", "config", "prometheus.yml", folder=tmp_path
    )


def test_each_alert_rings_when_it_should() -> None:
    """Figures as a quiet installation has them ring for nothing, those of each trouble for what it is."""
    assert "SUCCESS" in promtool("test", "rules", "alerts_test.yml")
    tried = (MONITORING / "alerts_test.yml").read_text()
    assert [name for name in alerts() if name not in tried] == []


def test_each_alert_says_where_to_read_on() -> None:
    """Its runbook is the section of its name."""
    rules = (MONITORING / "alerts.yml").read_text()
    anchors = re.findall(r"runbook_url: '.*/operations\.md#(\w+)'", rules)
    assert anchors == [name.lower() for name in alerts()]
    headings = re.findall(r"^#+ (\w+)$", OPERATIONS.read_text(), re.MULTILINE)
    assert [name for name in alerts() if name not in headings] == []


@pytest.mark.parametrize("place", ["alerts", "dashboard"])
def test_what_is_asked_for_is_there(place: str) -> None:
    """Each metric that an alert or a panel names is one of /metrics."""
    alerts_text = (MONITORING / "alerts.yml").read_text()
    text = alerts_text if place == "alerts" else "\n".join(expressions())
    named = set(re.findall(r"\bdarkroom_\w+", text))
    assert named
    assert {name for name in named if _family(name) not in FAMILIES} == set()


def test_grafana_knows_every_field_of_the_dashboard() -> None:
    """Read into Grafana's own model and written again, nothing of it is missing or another."""
    register_default_plugins()
    dashboard = json.loads((GRAFANA / "dashboards/darkroom.json").read_text())
    again = json.loads(JSONEncoder().encode(Dashboard.from_json(dashboard)))
    assert list(_lost(dashboard, again)) == []


def test_grafana_finds_the_source_of_the_dashboards_figures() -> None:
    """The source that is set up goes by the name that every panel asks for."""
    setup = yaml.safe_load((GRAFANA / "provisioning/datasources/darkroom.yml").read_text())
    dashboard = (GRAFANA / "dashboards/darkroom.json").read_text()
    asked = set(re.findall(r'"type": "prometheus",\s+"uid": "([^"]+)"', dashboard))
    assert asked == {source["uid"] for source in setup["datasources"]}


def test_each_metric_is_seen() -> None:
    """What is counted has a panel."""
    shown = "\n".join(expressions())
    assert [name for name in FAMILIES if name not in shown] == []


def test_the_panels_ask_in_promql(tmp_path: Path) -> None:
    """Prometheus parses every expression, Grafana's variables filled in."""
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
    """Where something of ours is missing, or another; what was added by default is not."""
    if isinstance(ours, dict):
        for key, value in ours.items():
            yield from _lost(value, again.get(key), f"{path}.{key}") if again else [path]
    elif isinstance(ours, list):
        for index, value in enumerate(ours):
            inside = again and index < len(again)
            yield from _lost(value, again[index] if inside else None, f"{path}[{index}]")
    elif ours != again:
        yield path
