"""The forms that a message can be sent in: each refusal of Telegram's chooses the next, until one is taken. Pure.

First in its own chat, each time without what the refusal is about; then the same to its person in private. A thing is
given up once in each chat, so a message takes ten calls at the most.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum

from infra.telegram.delivery import Place
from infra.telegram.outcomes import Objection, Refused, Unreachable
from worker.jobs import Job


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
            return Place(job.request.person_id)
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
    def place_only(self) -> "Form":
        """What the next message of the same job begins with: the chat is the same, its file another."""
        return Form(self.in_private, self.without & CARD)


class Forms:
    """The forms of one message; `form` is the one to try. The last are `in_private`, where that is allowed."""

    def __init__(
        self,
        job: Job,
        possible: AbstractSet[Concession],
        begin: Form,
        *,
        in_private: bool = True,
    ) -> None:
        self.form = begin
        self._possible = possible
        elsewhere = not begin.in_private and job.chat_id != job.request.person_id
        self._private_is_left = in_private and elsewhere
        if job.request.thread_id is None:
            self._possible -= {Concession.TOPIC}
        if job.answers_message_id is None:
            self._possible -= {Concession.REPLY}

    def give_up(self, refusal: Refused | Unreachable) -> bool:
        """Go on to the next form; False: there is none."""
        concession = self._next(refusal.objection) if isinstance(refusal, Refused) else None
        if concession:
            self.form = self.form.giving_up(concession)
        elif self._private_is_left:
            self._private_is_left = False
            self.form = Form(in_private=True, without=CARD)
        else:
            return False
        return True

    def _next(self, objection: Objection) -> Concession | None:
        cures = [*_CURES[objection]]
        if not self._private_is_left:
            cures += [Concession.TOGETHER, Concession.FILE]
        left = self._possible - self.form.without
        if Concession.FILE in self.form.without:
            left -= {Concession.SHOWN}
        return next((cure for cure in cures if cure in left), None)
