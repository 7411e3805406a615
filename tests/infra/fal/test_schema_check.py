import json
import subprocess
from dataclasses import replace

import jsonschema_rs
import pytest

from infra.fal.model import Choice, Model
from infra.fal.models.catalogue import MODELS, model
from infra.fal.models.schema_check import check
from infra.fal.models.stored import SCHEMAS, Stored, path_of
from tests.processes import ROOT
from tests.terminal import DARKROOM

SCHNELL = model("fal-ai/flux/schnell")
SCHEMA = Stored.read(SCHNELL.endpoint).input


@pytest.mark.slow
def test_every_combination_matches_the_models_schema() -> None:
    """The command prints a line for each model, and finds no error."""
    ran = subprocess.run(
        [DARKROOM, "models"],
        env={"PYTHONPATH": str(ROOT)},
        check=False,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    for endpoint in MODELS:
        (line,) = [line for line in ran.stdout.splitlines() if line.split()[0] == endpoint]
        assert line.endswith("ok")


def test_every_stored_schema_says_its_source_status_and_price() -> None:
    """A date shows the age of a schema and of a price; an unknown price is null, and never a guess."""
    stored = sorted(SCHEMAS.rglob("*.json"))
    assert {path_of(endpoint) for endpoint in MODELS} == {*stored}
    for file in stored:
        facts = json.loads(file.read_text())
        assert facts["endpoint"] == file.relative_to(SCHEMAS).as_posix().removesuffix(".json")
        assert facts["status"] in {"active", "deprecated"}
        assert "2026-" in facts["source"]
        price = facts["price"]
        unknown = price["unit_price"] is None
        assert (price["date"] is None) == (price["unit"] is None) == unknown
        assert unknown or price["unit_price"] > 0
        for side in ("input", "output"):
            jsonschema_rs.meta.validate(facts[side])
            assert facts[side]["properties"]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (replace(SCHNELL, options={"size": Choice("image_size", {"wide": "wide"})}), "image_size"),
        (replace(SCHNELL, options={"count": Choice("num_images", {5: 5})}), "num_images"),
        (replace(SCHNELL, options={"count": Choice("number", {1: 1})}), "number"),
        (replace(SCHNELL, extras={"output_format": "bmp"}), "output_format"),
        (replace(SCHNELL, takes_prompt=False), '"prompt" is a required property'),
    ],
)
def test_invalid_arguments_are_found(row: Model, problem: str) -> None:
    """A wrong value, one out of range, a misspelt field and a missing one are reported."""
    verdict = check(row, SCHEMA)
    assert verdict.problems
    assert problem in str(verdict)
    assert "MISMATCH" in str(verdict)
