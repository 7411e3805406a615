"""The orders that plain text can become. Pure."""

from collections.abc import Collection
from dataclasses import dataclass

from infra.fal.model import Work
from worker.bot.draft import Draft
from worker.bot.options.value_aliases import is_background_removal
from worker.model import Job, Kind, Request
from worker.users.plain_text import PlainText


@dataclass(frozen=True)
class Choice:
    """One thing to do with the words; `number` counts the files of the last result from 0, if it starts from one."""

    kind: PlainText
    draft: Draft
    number: int | None = None


def choices(
    last: Job | None, words: str, first: PlainText, without: Collection[PlainText] = ()
) -> list[Choice]:
    """Return what can be done with the words; the user's last choice comes first."""
    found = [
        Choice(PlainText.IMAGE, Draft(work=Work.IMAGE)),
        Choice(PlainText.VIDEO, Draft(work=Work.VIDEO)),
    ]
    if last:
        from_last = [_from_file(last, words, number) for number in range(len(last.files))]
        # Words after a video are seldom about what happens next in it.
        is_image = last.request.kind is Kind.IMAGE
        found = [*from_last, *found] if is_image else [*found, *from_last]
    wanted = [choice for choice in found if choice.kind not in without]
    return sorted(wanted, key=lambda choice: choice.kind is not first)


def from_last(last: Job, words: str, number: int) -> Choice | None:
    """Return the edit, or the continuation, of one file of a result; None if there is no such file."""
    return _from_file(last, words, number) if number in range(len(last.files)) else None


def at_once(last: Job | None, words: str, wanted: PlainText) -> Draft | None:
    """Return the order that the user's settings make of these words; None if the bot has to ask.

    With several images in the last result, the card of the order asks which one is meant.
    """
    if wanted is not PlainText.EDIT:
        works = {PlainText.IMAGE: Work.IMAGE, PlainText.VIDEO: Work.VIDEO}
        return Draft(work=works[wanted]) if wanted in works else None
    if last is None or last.request.kind is not Kind.IMAGE:
        return None
    draft = _from_file(last, words, 0).draft
    if len(last.files) == 1:
        return draft
    pictures = tuple(file.as_start for file in last.files)
    return draft.model_copy(update={"pictures": pictures, "choosing": True, "source_file": None})


def choice_of(request: Request) -> PlainText:
    """Return what an order has done with the user's words."""
    if request.pictures:
        return PlainText.EXTEND if request.kind is Kind.VIDEO else PlainText.EDIT
    return PlainText.VIDEO if request.kind is Kind.VIDEO else PlainText.IMAGE


def _from_file(last: Job, words: str, number: int) -> Choice:
    file = last.files[number]
    kind, work = PlainText.EXTEND, Work.EXTEND_VIDEO
    if file.is_picture:
        kind = PlainText.EDIT
        work = Work.BACKGROUND_REMOVAL if is_background_removal(words) else Work.IMAGE_EDIT
    draft = Draft(work=work, pictures=(file.as_start,), source=last.id, source_file=number)
    return Choice(kind, draft, number)
