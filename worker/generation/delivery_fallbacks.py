"""The forms in which a message can be sent: each refusal of Telegram selects the next, until one is accepted. No I/O.

Each refusal in the job's chat drops the feature that it is about; then the same in the user's private chat. A feature
is dropped once in each chat, so a message takes at most ten calls.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum

from infra.telegram.delivery import Place
from infra.telegram.outcomes import Objection, Refused, Unreachable
from worker.model import Job


class Concession(StrEnum):
    """A feature that a message is sent without."""

    REPLY = "reply"
    TOPIC = "topic"
    TOGETHER = "together"  # an album; its files are sent one by one
    SHOWN = "shown"  # a photo or a video that is visible at once; a document is sent
    CAPTION = "caption"  # and its buttons; only the job's id stays
    FILE = "file"  # a text with its location is sent


_ALL_IN_ORDER = tuple(each for each in Concession if each is not Concession.FILE)
#: What to drop after a refusal, in this order; an unknown refusal tries everything.
_TO_DROP = {
    Objection.REPLY: _ALL_IN_ORDER,
    Objection.TOPIC: (Concession.TOPIC,),
    Objection.RIGHTS: (Concession.SHOWN,),
    Objection.PIECE: (Concession.TOGETHER, *_ALL_IN_ORDER),
    Objection.TEXT: (Concession.CAPTION, Concession.FILE),
    Objection.FILE: (Concession.TOGETHER, Concession.SHOWN, Concession.FILE),
    Objection.UNKNOWN: _ALL_IN_ORDER,
}

#: Features that each kind of message can be sent without.
CARD = frozenset({Concession.REPLY, Concession.TOPIC})
SINGLE = frozenset(Concession) - {Concession.TOGETHER}
ALBUM = frozenset(Concession) - {Concession.FILE}


@dataclass(frozen=True)
class Form:
    """The chat of a message, and the features that it is sent without."""

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
        """The first form of the same job's next message, which has the same chat and another file."""
        return Form(self.in_private, self.without & (CARD | {Concession.TOGETHER}))


def next_form(
    form: Form,
    refusal: Refused | Unreachable,
    possible: AbstractSet[Concession],
    job: Job,
    *,
    may_move: bool = True,
) -> Form | None:
    """Return the form to try after a refusal, None if there is none. `may_move` permits the private chat."""
    may_move = may_move and not form.in_private and job.chat_id != job.request.user_id
    if isinstance(refusal, Refused):
        cures = [*_TO_DROP[refusal.objection]]
        if not may_move:
            cures += [Concession.TOGETHER, Concession.FILE]
        left = possible - form.without - _absent_features(form, job)
        if concession := next((cure for cure in cures if cure in left), None):
            return Form(form.in_private, form.without | {concession})
    return (
        Form(in_private=True, without=CARD | form.without & {Concession.TOGETHER})
        if may_move
        else None
    )


def _absent_features(form: Form, job: Job) -> set[Concession]:
    """Return features that the message lacks in any case."""
    return {
        concession
        for concession, is_absent in {
            Concession.TOPIC: job.request.thread_id is None,
            Concession.REPLY: job.answers_message_id is None,
            Concession.SHOWN: Concession.FILE in form.without,
        }.items()
        if is_absent
    }
