"""The check of thirty prompts, against the fake of fal."""

import subprocess
import sys

import pytest

from tests.prompt_check.check import Expected, read_prompts
from worker.prompt_helper.protected_text import protect


def run(*arguments: str, **environment: str) -> tuple[int, str]:
    done = subprocess.run(
        (sys.executable, "-m", "tests.prompt_check", *arguments),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": ":".join(sys.path), **environment},
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow
def test_all_prompts_survive_at_the_fake() -> None:
    """Each is listed with its translation, and what it cost is added up."""
    code, said = run()
    assert code == 0, said
    assert "30 of 30 prompts survived, $0.0" in said


@pytest.mark.slow
def test_the_real_service_is_asked_only_with_a_key() -> None:
    """Without one the command says what is missing."""
    code, said = run("--real", fal_api_key="")
    assert code == 1
    assert "fal_api_key is not set" in said


def test_there_are_thirty_different_prompts() -> None:
    """Each of them needs a translation."""
    prompts = read_prompts()
    assert len({each.words for each in prompts}) == 30
    for each in prompts:
        protected = protect(each.words)
        assert protected is not None
        assert protected.is_russian
        assert set(each.keep) <= set(protected.texts), each.words


@pytest.mark.parametrize(
    ("translation", "number"),
    [
        ("a red cat and a sign «Да»", 0),
        ("a red cat and a sign", 1),
        ("a red cat and a sign «Да» «Да»", 1),
        ("a red dog and a sign «Да»", 1),
        ("a red cat in a bucket and a sign «Да»", 1),
        ("a concatenation", 2),
    ],
)
def test_each_kind_of_loss_is_found(translation: str, number: int) -> None:
    """A text that is missing or doubled, a word that is missing, and one that must not be there."""
    expected = Expected(
        words="кот «Да»", keep=("«Да»",), one_of=(("cat", "kitten"),), never=("bucket",)
    )
    assert len(list(expected.problems(translation))) == number
