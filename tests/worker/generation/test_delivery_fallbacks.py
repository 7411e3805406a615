"""What Telegram refuses in one form is sent in another: which, and in which order."""

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
    """The forms that are tried, the refusals given; None is a chat that takes nothing."""
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
def test_a_refusal_chooses_the_next_form(
    objections: tuple[Objection | None, ...], ways: list[Form]
) -> None:
    """It gives up what was refused and nothing else; a closed chat is left for the person's own."""
    assert walk(job(), SINGLE, *objections) == [Form(), *ways]


@pytest.mark.parametrize("possible", [SINGLE, ALBUM, CARD])
def test_an_unknown_refusal_walks_the_whole_way(possible: frozenset[Concession]) -> None:
    """Every form comes once, ten at the most, and the last one is in private."""
    tried = walk(job(), possible, *[Objection.UNKNOWN] * 100)
    assert len(tried) == len(set(tried)) <= 10
    assert tried[-1].in_private


def test_a_private_chat_gets_words_at_last() -> None:
    """There is no other place, so what can be said is said there."""
    tried = walk(job(USER, None), SINGLE, *[Objection.UNKNOWN] * 100)
    assert Concession.FILE in tried[-1].without
    assert not any(form.in_private for form in tried)


@pytest.mark.parametrize("objection", [Objection.PIECE, Objection.FILE])
def test_an_album_with_a_bad_piece_goes_piece_by_piece(objection: Objection) -> None:
    """The good pieces stay what they are."""
    assert walk(job(), ALBUM, objection)[1] == without(Concession.TOGETHER)


def test_an_album_that_nothing_else_helps_goes_piece_by_piece() -> None:
    """Each piece has its own last form: words."""
    tried = walk(job(USER, None), ALBUM, *[Objection.TEXT] * 100)
    assert Concession.TOGETHER in tried[-1].without


def test_a_form_is_a_place() -> None:
    """A topic is left together with the message in it."""
    assert Form().place(job()) == Place(GROUP, TOPIC, MESSAGE)
    assert without(Concession.REPLY).place(job()) == Place(GROUP, TOPIC)
    assert without(Concession.TOPIC).place(job()) == Place(GROUP)
    assert IN_PRIVATE.place(job()) == Place(USER)


def test_the_next_message_begins_where_the_last_one_was_taken() -> None:
    """A chat stays closed; another file may be shown all the same."""
    form = without(Concession.REPLY, Concession.SHOWN)
    assert form.for_the_next == without(Concession.REPLY)
