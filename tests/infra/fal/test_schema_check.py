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


def test_every_combination_is_what_the_models_take() -> None:
    """The command prints a line for each model, and is content."""
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


def test_every_stored_schema_belongs_to_a_model_and_says_of_when_it_is() -> None:
    """A schema that nobody is held to would be taken for a check; fields change with time."""
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
def test_what_a_model_does_not_take_is_found(row: Model, problem: str) -> None:
    """A wrong value, one out of range, a misspelt field, a missing one."""
    verdict = check(row)
    assert verdict.problems
    assert problem in str(verdict)
    assert "MISMATCH" in str(verdict)


def test_a_model_without_a_schema_is_named(tmp_path: Path) -> None:
    """It is no failure, and it is no check either."""
    assert str(check(SCHNELL, tmp_path)).endswith("no schema")
