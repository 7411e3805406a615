"""What cannot be done of a line with options, and what can instead. Pure."""

from collections.abc import Iterable, Iterator
from itertools import islice

from infra.fal.models import Value
from infra.texts import Phrases
from worker.bot.draft import Draft
from worker.bot.excerpt import excerpt
from worker.bot.flags import flags_for
from worker.bot.labels import label
from worker.bot.offering import MAX_NEGATIVE_PROMPT, Offering
from worker.bot.option_line import Line
from worker.bot.visitor import Visitor

# The first few are enough to mend a line by.
_SAID = 4


def line_problems(visitor: Visitor, offering: Offering, draft: Draft, line: Line) -> list[str]:
    """HTML, a sentence each, and that nothing has begun; empty when there is no problem."""
    say, work, own = visitor.say, draft.work, draft.own_model
    settings = visitor.person.options(work) if draft.options is None else draft.options
    wanted = settings | line.options
    choices = offering.choices(work, wanted, own)
    impossible = (
        _impossible(say, option, value, choices.get(option, ()))
        for option, value in line.options.items()
        if not offering.allows(work, wanted, option, own)
    )
    flags = ", ".join(flags_for(offering.option_names(work)))
    found = list(islice((*_misspelt(say, line, flags), *impossible), _SAID))
    return [*found, say("option-nothing-started")] if found else []


def _misspelt(say: Phrases, line: Line, flags: str) -> Iterator[str]:
    for flag in line.strange:
        yield say("option-unknown", asked=excerpt(flag, 40), possible=flags)
    for flag in line.incomplete:
        yield say("option-needs-value", asked=flag)
    length = len(str(line.options.get("negative_prompt", "")))
    if length > MAX_NEGATIVE_PROMPT:
        yield say("prompt-too-long", length=length, limit=MAX_NEGATIVE_PROMPT)


def _impossible(say: Phrases, option: str, value: Value, possible: Iterable[Value]) -> str:
    asked = label(say, option, value)
    choices = ", ".join(label(say, option, choice) for choice in possible)
    if not choices:
        return say("option-unsupported", asked=asked)
    # The sentence ends with a full stop of its own.
    return say("option-impossible", asked=asked, possible=choices.removesuffix("."))
