import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from infra.fal.model import Choice, Model
from infra.fal.models.schema_check import SCHEMAS, check
from infra.fal.models_map import MODELS, model
from tests.processes import ROOT
from tests.terminal import DARKROOM

SCHNELL = model("fal-ai/flux/schnell")


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
        stored = (SCHEMAS / f"{endpoint}.json").is_file()
        assert line.endswith("ok" if stored else "no schema")


def test_every_stored_schema_has_a_model_and_a_date() -> None:
    """An unused schema would look like a check; a date shows its age."""
    for file in SCHEMAS.rglob("*.json"):
        assert file.relative_to(SCHEMAS).as_posix().removesuffix(".json") in MODELS
        assert "2026-" in json.loads(file.read_text())["$comment"]


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
    verdict = check(row)
    assert verdict.problems
    assert problem in str(verdict)
    assert "MISMATCH" in str(verdict)


def test_model_without_a_schema_is_named(tmp_path: Path) -> None:
    """A model without a schema is named: neither a failure nor a check."""
    assert str(check(SCHNELL, tmp_path)).endswith("no schema")
