"""`darkroom models` against the fake's Platform routes, with a real Redis."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from infra.fal.models.stored import Stored
from tests.infra.fal.answers import KEY
from tests.infra.loopback import unused_url
from tests.processes import ROOT
from tests.terminal import DARKROOM

pytestmark = pytest.mark.slow

BANANA = Stored.read("fal-ai/nano-banana-2")

type Command = Callable[..., tuple[int, str]]


@pytest.fixture
def darkroom(fal: str, valkey_url: str, tmp_path: Path) -> Iterator[Command]:
    """Run a subcommand of `darkroom models`; return its exit code and what it printed."""
    environment = {
        "PYTHONPATH": str(ROOT),
        "redis_url": valkey_url,
        "fal_api_key": KEY,
        **dict.fromkeys(("fal_queue_base_url", "fal_rest_base_url", "fal_platform_base_url"), fal),
    }

    def run(*arguments: str, **settings: str) -> tuple[int, str]:
        ended = subprocess.run(
            [DARKROOM, "models", *arguments],
            env=environment | settings,
            cwd=tmp_path,
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert "Traceback" not in ended.stderr, ended.stderr
        return ended.returncode, ended.stdout + ended.stderr

    yield run
    httpx.delete(f"{fal}/models").raise_for_status()


def change(fal: str, endpoint: str, **facts: object) -> None:
    httpx.patch(f"{fal}/models/{endpoint}", json=facts).raise_for_status()


def serve_painter(fal: str, **facts: object) -> None:
    model = json.loads(BANANA.dumps()) | {"endpoint": "acme/painter", **facts}
    httpx.put(f"{fal}/models/acme/painter", json=model).raise_for_status()


def faults(said: str) -> dict[str, str]:
    """Return the report of each model that has something to look at."""
    found: dict[str, str] = {}
    endpoint = ""
    for line in said.splitlines():
        if line.startswith("    "):
            found[endpoint] = found.get(endpoint, "") + line
        else:
            endpoint = line.split(" ")[0]
    return found


def test_refresh_reports_what_changed_at_fal(fal: str, darkroom: Command) -> None:
    """A deprecated, a dead, a dearer and a changed model are found; nothing else is."""
    code, said = darkroom("refresh")
    assert (code, said.splitlines()[-1]) == (0, "99 models, 0 to look at."), said
    schema = json.loads(BANANA.dumps())["input"]
    schema["properties"]["resolution"]["enum"] = ["1K", "2K"]
    change(fal, "fal-ai/nano-banana-2", input=schema)
    change(fal, "fal-ai/veo3.1", status="deprecated")
    change(fal, "fal-ai/nano-banana", status="dead")
    change(fal, "fal-ai/flux/schnell", unit_price=0.004)
    code, said = darkroom("refresh")
    assert (code, said.splitlines()[-1]) == (1, "99 models, 4 to look at."), said
    found = faults(said)
    assert "deprecated" in found["fal-ai/veo3.1"]
    assert "gone" in found["fal-ai/nano-banana"]
    assert "dearer: $0.004" in found["fal-ai/flux/schnell"]
    assert "mismatch: resolution" in found["fal-ai/nano-banana-2"]
    assert "$0.004 a unit" in darkroom("show", "fal-ai/flux/schnell")[1]
    assert "resolution -> resolution: 1K, 2K;" in darkroom("show", "fal-ai/nano-banana-2")[1]


def test_unknown_model_is_added_paid_for_and_removed(fal: str, darkroom: Command) -> None:
    """One command adds a model that the code has never heard of; a real order shows its bill."""
    serve_painter(fal)
    code, said = darkroom("add", "https://fal.ai/models/acme/painter", "--title", "Painter")
    assert code == 0, said
    assert "acme/painter: Painter, image, active" in said
    assert "requests, one for each combination of options, match its schema." in said
    assert "acme/painter" in darkroom("list", "--work", "image")[1]
    code, said = darkroom("test", "acme/painter", "--pay")
    assert code == 0, said
    assert "billed: 1 units × $0.08 = $0.0800" in said
    assert darkroom("remove", "acme/painter")[0] == 0
    code, said = darkroom("show", "acme/painter")
    assert (code, "`darkroom models add acme/painter` adds it" in said) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["add", "acme/nothing"], "fal has no model acme/nothing"),
        (["add", "fal-ai/flux/dev"], "nothing to add"),
        (["remove", "fal-ai/flux/dev"], "was not added"),
        (["show", "acme/nothing"], "is not known"),
        (["test", "fal-ai/ltx-2.3/extend-video", "--pay"], "starts from a video"),
    ],
)
def test_error_is_a_sentence_with_the_next_step(
    darkroom: Command, arguments: list[str], reason: str
) -> None:
    """The exit code is 1, and nothing is kept."""
    code, said = darkroom(*arguments)
    assert code == 1
    assert reason in said


def test_order_that_costs_money_has_to_be_confirmed(darkroom: Command) -> None:
    """Without --pay nothing is sent; wrong arguments exit with 2."""
    code, said = darkroom("test", "fal-ai/flux/schnell")
    assert (code, "confirm it with --pay" in said) == (2, True)


def test_schema_that_cannot_be_mapped_adds_nothing(fal: str, darkroom: Command) -> None:
    """The field that the bot cannot give is named."""
    schema = json.loads(BANANA.dumps())["input"]
    schema["required"].append("canvas_size")
    schema["properties"]["canvas_size"] = {"type": "array", "items": {"type": "integer"}}
    serve_painter(fal, input=schema)
    code, said = darkroom("add", "acme/painter")
    assert (code, "it needs canvas_size" in said) == (1, True), said
    assert "acme/painter" not in darkroom("list")[1]


def test_model_in_use_is_not_removed(fal: str, darkroom: Command) -> None:
    """Orders of a setting's model would fail at the next start."""
    serve_painter(fal)
    assert darkroom("add", "acme/painter")[0] == 0
    code, said = darkroom("remove", "acme/painter", fal_premium_model="acme/painter")
    assert (code, "fal_premium_model" in said) == (1, True)


def test_service_that_is_down_keeps_the_last_facts(darkroom: Command) -> None:
    """The report says so and what to check; orders go on."""
    code, said = darkroom("refresh", fal_platform_base_url=unused_url())
    assert (code, "Orders go on with the last known models" in said) == (1, True)
    assert darkroom("list")[0] == 0
