"""The forms in which a message can be sent: each refusal of Telegram selects the next, until one is accepted. No I/O.

Each refusal in the job's chat drops the feature that it is about; then the same in the user's private chat. A feature
is dropped once in each chat, so a message takes at most ten calls.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum

from infra.telegram.delivery import Place
from infra.telegram.outcomes import Refused, SendRefusal, Unreachable
from worker.model import Job


class Fallback(StrEnum):
    """A feature that a message is sent without."""

    REPLY = "reply"
    TOPIC = "topic"
    TOGETHER = "together"  # an album; its files are sent one by one
    SHOWN = "shown"  # a photo or a video that is visible at once; a document is sent
    CAPTION = "caption"  # and its buttons; only the job's id stays
    FILE = "file"  # a text with its location is sent


_ALL_IN_ORDER = tuple(each for each in Fallback if each is not Fallback.FILE)
#: What to drop after a refusal, in this order; an unknown refusal tries everything.
_TO_DROP = {
    SendRefusal.REPLY: _ALL_IN_ORDER,
    SendRefusal.TOPIC: (Fallback.TOPIC,),
    SendRefusal.RIGHTS: (Fallback.SHOWN,),
    SendRefusal.PIECE: (Fallback.TOGETHER, *_ALL_IN_ORDER),
    SendRefusal.TEXT: (Fallback.CAPTION, Fallback.FILE),
    SendRefusal.FILE: (Fallback.TOGETHER, Fallback.SHOWN, Fallback.FILE),
    SendRefusal.UNKNOWN: _ALL_IN_ORDER,
}

#: Features that each kind of message can be sent without.
CARD = frozenset({Fallback.REPLY, Fallback.TOPIC})
SINGLE = frozenset(Fallback) - {Fallback.TOGETHER}
ALBUM = frozenset(Fallback) - {Fallback.FILE}
EDIT = frozenset({Fallback.SHOWN, Fallback.CAPTION})


@dataclass(frozen=True)
class SendForm:
    """The chat of a message, and the features that it is sent without."""

    in_private: bool = False
    without: frozenset[Fallback] = frozenset()

    def place(self, job: Job) -> Place:
        if self.in_private:
            return Place(job.request.user_id)
        # A reply to a message of a topic goes into that topic.
        topic = Fallback.TOPIC not in self.without
        reply = topic and Fallback.REPLY not in self.without
        return Place(
            job.chat_id,
            job.request.thread_id if topic else None,
            job.answers_message_id if reply else None,
        )

    @property
    def for_the_next(self) -> "SendForm":
        """The first form of the same job's next message, which has the same chat and another file."""
        return SendForm(self.in_private, self.without & (CARD | {Fallback.TOGETHER}))


def next_form(
    form: SendForm,
    refusal: Refused | Unreachable,
    possible: AbstractSet[Fallback],
    job: Job,
    *,
    may_move: bool = True,
) -> SendForm | None:
    """Return the form to try after a refusal, None if there is none. `may_move` permits the private chat."""
    may_move = may_move and not form.in_private and job.chat_id != job.request.user_id
    if isinstance(refusal, Refused):
        cures = [*_TO_DROP[refusal.objection]]
        if not may_move:
            cures += [Fallback.TOGETHER, Fallback.FILE]
        left = possible - form.without - absent_features(form, job)
        if fallback := next((cure for cure in cures if cure in left), None):
            return SendForm(form.in_private, form.without | {fallback})
    return (
        SendForm(in_private=True, without=CARD | form.without & {Fallback.TOGETHER})
        if may_move
        else None
    )


def absent_features(form: SendForm, job: Job) -> set[Fallback]:
    """Return features that the message lacks in any case."""
    return {
        fallback
        for fallback, is_absent in {
            Fallback.TOPIC: job.request.thread_id is None,
            Fallback.REPLY: job.answers_message_id is None,
            Fallback.SHOWN: Fallback.FILE in form.without,
        }.items()
        if is_absent
    }
