"""What a translation of a prompt must show."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from infra.fal.language_model import LanguageModel, LanguageModelError
from worker.prompt_helper.protected_text import protect
from worker.prompt_helper.translation import ask

PROMPTS = Path(__file__).with_name("prompts.toml")


class Expected(BaseModel):
    """A prompt, the texts that stay in it, words of which one each appears, and those that do not."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    words: str
    keep: tuple[str, ...] = ()
    one_of: tuple[tuple[str, ...], ...]
    never: tuple[str, ...] = ()

    def problems(self, translation: str) -> Iterator[str]:
        for text in self.keep:
            if translation.count(text) != 1:
                yield f"{text} is not in it once"
        for words in self.one_of:
            if not any(_has(translation, word) for word in words):
                yield f"nothing says {' or '.join(words)}"
        for word in self.never:
            if _has(translation, word):
                yield f"it says {word}"


class Outcome(BaseModel):
    words: str
    translation: str | None
    problems: tuple[str, ...]
    cost: float = 0


def read_prompts(path: Path = PROMPTS) -> list[Expected]:
    return [Expected.model_validate(each) for each in tomllib.loads(path.read_text())["prompt"]]


async def check(model: LanguageModel, expected: Expected) -> Outcome:
    """Translate a prompt as an order does."""
    protected = protect(expected.words)
    assert protected is not None, expected.words
    try:
        translation = await ask(model, protected)
    except LanguageModelError as error:
        said = [f"it said: {error.billed.text}"] if error.billed else []
        return Outcome(
            words=expected.words,
            translation=None,
            problems=(str(error), *said),
            cost=error.billed.cost if error.billed else 0,
        )
    return Outcome(
        words=expected.words,
        translation=translation.text,
        problems=tuple(expected.problems(translation.text)),
        cost=translation.cost,
    )


def _has(text: str, words: str) -> bool:
    return bool(re.search(rf"(?<!\w){re.escape(words)}", text, re.IGNORECASE))
