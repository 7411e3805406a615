import pytest

from infra.fal.models import Value, Work
from infra.settings import Settings
from infra.texts import Texts
from worker.bot.draft import Draft
from worker.bot.line_problems import line_problems
from worker.bot.offering import Offering
from worker.bot.option_line import Line
from worker.bot.visitor import Visitor
from worker.people import Person

TEXTS = Texts()
OFFERING = Offering(Settings(_env_file=None))
IMPOSSIBLE: tuple[tuple[str, Value], ...] = (
    *(("count", 9), ("duration", 99), ("aspect", "5:7"), ("size", "5:7"), ("scale", 99)),
    *(("seed", 2**40), ("negative_prompt", "я" * 600)),
)


@pytest.mark.parametrize("language", TEXTS.languages)
@pytest.mark.parametrize("work", Work)
def test_what_cannot_be_done_is_said_in_whole_sentences(work: Work, language: str) -> None:
    """Each ends with one full stop, though the last of what is possible may end with one: «4 шт.»."""
    visitor = Visitor(Person(1), TEXTS.speaking(language))
    for option, value in IMPOSSIBLE:
        said = line_problems(visitor, OFFERING, Draft(work=work), Line("кот", {option: value}))
        assert said
        assert all(line.endswith(".") and ".." not in line for line in said)
