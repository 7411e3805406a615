"""Which form follows which when Telegram refuses a message."""

import pytest

from infra.telegram.delivery import Place
from infra.telegram.outcomes import Objection, Refused, Unreachable
from tests.worker.jobs.test_store import request
from worker.generation.delivery_fallbacks import ALBUM, CARD, SINGLE, Concession, Form, next_form
from worker.model import Job, Status

GROUP, USER, TOPIC, MESSAGE = -100, 42, 7, 1


def job(chat_id: int = GROUP, thread_id: int | None = TOPIC) -> Job:
    place = {"chat_id": chat_id, "thread_id": thread_id}
    request_cancellation = request(USER).model_copy(update=place)
    return Job(
        id="a", request=request_cancellation, status=Status.DELIVERING, created_at=0, updated_at=0
    )


def walk(job: Job, possible: frozenset[Concession], *objections: Objection | None) -> list[Form]:
    """Return the forms that are tried for these refusals; None is a chat that accepts nothing."""
    tried = [Form()]
    for objection in objections:
        refusal = Refused("no", objection) if objection else Unreachable("closed")
        form = next_form(tried[-1], refusal, possible, job)
        if form is None:
            break
        tried.append(form)
    return tried


def without(*concessions: Concession, in_private: bool = False) -> Form:
    return Form(in_private, frozenset(concessions) | (CARD if in_private else frozenset()))


IN_PRIVATE = without(in_private=True)
#: In a topic of a group: what is refused, and all that is tried.
WAYS = {
    (Objection.REPLY,): [without(Concession.REPLY)],
    (Objection.TOPIC, Objection.TOPIC): [without(Concession.TOPIC), IN_PRIVATE],
    (Objection.RIGHTS, Objection.RIGHTS): [without(Concession.SHOWN), IN_PRIVATE],
    (Objection.FILE, Objection.FILE): [
        without(Concession.SHOWN),
        without(Concession.SHOWN, Concession.FILE),
    ],
    (Objection.TEXT,): [without(Concession.CAPTION)],
    (None,): [IN_PRIVATE],
    (None, Objection.FILE, Objection.FILE): [
        IN_PRIVATE,
        without(Concession.SHOWN, in_private=True),
        without(Concession.SHOWN, Concession.FILE, in_private=True),
    ],
    (None, None): [IN_PRIVATE],
}


@pytest.mark.parametrize(("objections", "ways"), WAYS.items())
def test_refusal_chooses_the_next_form(
    objections: tuple[Objection | None, ...], ways: list[Form]
) -> None:
    """The next form drops what was refused and nothing else; a closed chat is replaced by the user's private one."""
    assert walk(job(), SINGLE, *objections) == [Form(), *ways]


@pytest.mark.parametrize("possible", [SINGLE, ALBUM, CARD])
def test_unknown_refusal_tries_every_form(possible: frozenset[Concession]) -> None:
    """Every form is tried once, ten at most, the last one in private."""
    tried = walk(job(), possible, *[Objection.UNKNOWN] * 100)
    assert len(tried) == len(set(tried)) <= 10
    assert tried[-1].in_private


def test_private_chat_gets_a_text_at_last() -> None:
    """There is no other chat, so the text goes there."""
    tried = walk(job(USER, None), SINGLE, *[Objection.UNKNOWN] * 100)
    assert Concession.FILE in tried[-1].without
    assert not any(form.in_private for form in tried)


@pytest.mark.parametrize("objection", [Objection.PIECE, Objection.FILE])
def test_album_with_a_refused_item_is_split(objection: Objection) -> None:
    """The other items keep their form."""
    assert walk(job(), ALBUM, objection)[1] == without(Concession.TOGETHER)


def test_album_that_is_refused_in_every_form_is_split() -> None:
    """Each item ends as a text."""
    tried = walk(job(USER, None), ALBUM, *[Objection.TEXT] * 100)
    assert Concession.TOGETHER in tried[-1].without


def test_leaving_a_topic_drops_the_reply() -> None:
    """A reply cannot leave its topic."""
    assert Form().place(job()) == Place(GROUP, TOPIC, MESSAGE)
    assert without(Concession.REPLY).place(job()) == Place(GROUP, TOPIC)
    assert without(Concession.TOPIC).place(job()) == Place(GROUP)
    assert IN_PRIVATE.place(job()) == Place(USER)


def test_next_message_starts_at_the_accepted_place() -> None:
    """A closed chat stays closed; another file starts as a photo again."""
    form = without(Concession.REPLY, Concession.SHOWN)
    assert form.for_the_next == without(Concession.REPLY)
