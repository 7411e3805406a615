"""The forms that a message can be sent in: each refusal of Telegram's chooses the next, until one is taken. Pure.

First in its own chat, each time without what the refusal is about; then the same to its person in private. A thing is
given up once in each chat, so a message takes ten calls at the most.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum

from infra.telegram.delivery import Place
from infra.telegram.outcomes import Objection, Refused, Unreachable
from worker.model import Job


class Concession(StrEnum):
    """What a message goes without."""

    REPLY = "reply"
    TOPIC = "topic"
    TOGETHER = "together"  # an album, piece by piece
    SHOWN = "shown"  # a file to download, not a photo or a video that is seen at once
    CAPTION = "caption"  # and its buttons: only the job's id
    FILE = "file"  # words that say where it is


_WALK = tuple(each for each in Concession if each is not Concession.FILE)
#: What a refusal asks to give up, in this order; one that is unknown walks the whole way.
_CURES = {
    Objection.REPLY: _WALK,
    Objection.TOPIC: (Concession.TOPIC,),
    Objection.RIGHTS: (Concession.SHOWN,),
    Objection.PIECE: (Concession.TOGETHER, *_WALK),
    Objection.TEXT: (Concession.CAPTION, Concession.FILE),
    Objection.FILE: (Concession.TOGETHER, Concession.SHOWN, Concession.FILE),
    Objection.UNKNOWN: _WALK,
}

#: What each kind of message can go without.
CARD = frozenset({Concession.REPLY, Concession.TOPIC})
SINGLE = frozenset(Concession) - {Concession.TOGETHER}
ALBUM = frozenset(Concession) - {Concession.FILE}


@dataclass(frozen=True)
class Form:
    """Where a message goes, and what it goes without."""

    in_private: bool = False
    without: frozenset[Concession] = frozenset()

    def place(self, job: Job) -> Place:
        if self.in_private:
            return Place(job.request.user_id)
        # A reply to a message of a topic goes into that topic.
        topic = Concession.TOPIC not in self.without
        reply = topic and Concession.REPLY not in self.without
        return Place(
            job.chat_id,
            job.request.thread_id if topic else None,
            job.answers_message_id if reply else None,
        )

    def giving_up(self, concession: Concession) -> "Form":
        return Form(self.in_private, self.without | {concession})

    @property
    def for_the_next(self) -> "Form":
        """What the next message of the same job begins with: the chat is the same, its file another."""
        return Form(self.in_private, self.without & (CARD | {Concession.TOGETHER}))


def next_form(
    form: Form,
    refusal: Refused | Unreachable,
    possible: AbstractSet[Concession],
    job: Job,
    *,
    may_move: bool = True,
) -> Form | None:
    """What to try after this form was refused; None: nothing is left. With `may_move` it may go to private."""
    may_move = may_move and not form.in_private and job.chat_id != job.request.user_id
    if isinstance(refusal, Refused):
        cures = [*_CURES[refusal.objection]]
        if not may_move:
            cures += [Concession.TOGETHER, Concession.FILE]
        left = possible - form.without - _meaningless(form, job)
        if concession := next((cure for cure in cures if cure in left), None):
            return Form(form.in_private, form.without | {concession})
    return (
        Form(in_private=True, without=CARD | form.without & {Concession.TOGETHER})
        if may_move
        else None
    )


def _meaningless(form: Form, job: Job) -> set[Concession]:
    """What the message goes without in any case."""
    return {
        concession
        for concession, is_absent in {
            Concession.TOPIC: job.request.thread_id is None,
            Concession.REPLY: job.answers_message_id is None,
            Concession.SHOWN: Concession.FILE in form.without,
        }.items()
        if is_absent
    }
