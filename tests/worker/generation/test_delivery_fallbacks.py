"""Which form follows which when Telegram refuses a message."""

import pytest

from infra.telegram.delivery import Place
from infra.telegram.outcomes import Refused, SendRefusal, Unreachable
from tests.worker.jobs.test_store import request
from worker.generation.delivery_fallbacks import ALBUM, CARD, SINGLE, Fallback, SendForm, next_form
from worker.model import Job, Status

GROUP, USER, TOPIC, MESSAGE = -100, 42, 7, 1


def job(chat_id: int = GROUP, thread_id: int | None = TOPIC) -> Job:
    place = {"chat_id": chat_id, "thread_id": thread_id}
    request_cancellation = request(USER).model_copy(update=place)
    return Job(
        id="a", request=request_cancellation, status=Status.DELIVERING, created_at=0, updated_at=0
    )


def walk(
    job: Job, possible: frozenset[Fallback], *objections: SendRefusal | None
) -> list[SendForm]:
    """Return the forms that are tried for these refusals; None is a chat that accepts nothing."""
    tried = [SendForm()]
    for objection in objections:
        refusal = Refused("no", objection) if objection else Unreachable("closed")
        form = next_form(tried[-1], refusal, possible, job)
        if form is None:
            break
        tried.append(form)
    return tried


def without(*concessions: Fallback, in_private: bool = False) -> SendForm:
    return SendForm(in_private, frozenset(concessions) | (CARD if in_private else frozenset()))


IN_PRIVATE = without(in_private=True)
#: In a topic of a group: what is refused, and all that is tried.
WAYS = {
    (SendRefusal.REPLY,): [without(Fallback.REPLY)],
    (SendRefusal.TOPIC, SendRefusal.TOPIC): [without(Fallback.TOPIC), IN_PRIVATE],
    (SendRefusal.RIGHTS, SendRefusal.RIGHTS): [without(Fallback.SHOWN), IN_PRIVATE],
    (SendRefusal.FILE, SendRefusal.FILE): [
        without(Fallback.SHOWN),
        without(Fallback.SHOWN, Fallback.FILE),
    ],
    (SendRefusal.TEXT,): [without(Fallback.CAPTION)],
    (None,): [IN_PRIVATE],
    (None, SendRefusal.FILE, SendRefusal.FILE): [
        IN_PRIVATE,
        without(Fallback.SHOWN, in_private=True),
        without(Fallback.SHOWN, Fallback.FILE, in_private=True),
    ],
    (None, None): [IN_PRIVATE],
}


@pytest.mark.parametrize(("objections", "ways"), WAYS.items())
def test_refusal_chooses_the_next_form(
    objections: tuple[SendRefusal | None, ...], ways: list[SendForm]
) -> None:
    """The next form drops what was refused and nothing else; a closed chat is replaced by the user's private one."""
    assert walk(job(), SINGLE, *objections) == [SendForm(), *ways]


@pytest.mark.parametrize("possible", [SINGLE, ALBUM, CARD])
def test_unknown_refusal_tries_every_form(possible: frozenset[Fallback]) -> None:
    """Every form is tried once, ten at most, the last one in private."""
    tried = walk(job(), possible, *[SendRefusal.UNKNOWN] * 100)
    assert len(tried) == len(set(tried)) <= 10
    assert tried[-1].in_private


def test_private_chat_gets_a_text_at_last() -> None:
    """There is no other chat, so the text goes there."""
    tried = walk(job(USER, None), SINGLE, *[SendRefusal.UNKNOWN] * 100)
    assert Fallback.FILE in tried[-1].without
    assert not any(form.in_private for form in tried)


@pytest.mark.parametrize("objection", [SendRefusal.PIECE, SendRefusal.FILE])
def test_album_with_a_refused_item_is_split(objection: SendRefusal) -> None:
    """The other items keep their form."""
    assert walk(job(), ALBUM, objection)[1] == without(Fallback.TOGETHER)


def test_album_that_is_refused_in_every_form_is_split() -> None:
    """Each item ends as a text."""
    tried = walk(job(USER, None), ALBUM, *[SendRefusal.TEXT] * 100)
    assert Fallback.TOGETHER in tried[-1].without


def test_leaving_a_topic_drops_the_reply() -> None:
    """A reply cannot leave its topic."""
    assert SendForm().place(job()) == Place(GROUP, TOPIC, MESSAGE)
    assert without(Fallback.REPLY).place(job()) == Place(GROUP, TOPIC)
    assert without(Fallback.TOPIC).place(job()) == Place(GROUP)
    assert IN_PRIVATE.place(job()) == Place(USER)


def test_next_message_starts_at_the_accepted_place() -> None:
    """A closed chat stays closed; another file starts as a photo again."""
    form = without(Fallback.REPLY, Fallback.SHOWN)
    assert form.for_the_next == without(Fallback.REPLY)
