"""The ledger itself: it detects each broken promise."""

from collections.abc import Sequence

import pytest

from tests.chaos.fleet import Kill
from tests.chaos.ledger import Chats, Entry, Ledger, Verdict, judge
from tests.chaos.orders import Order
from tests.user import Message

JOB = "0t70tdvz3114s59n"
CALM = Order(1, 0, None)
REFUSED = Order(2, 0, "#nsfw")
DONE = {"id": JOB, "status": "done"}
FAILED = {"id": JOB, "status": "failed", "failure": "moderation"}
UNCONFIRMED = {"id": JOB, "status": "failed", "failure": "unconfirmed"}
RUNNING = {"id": JOB, "status": "running"}
RESULT: Message = {"photo": [], "caption": f"a boat {JOB}", "date": 100, "chat": {"id": 7}}
REPETITION: Message = {**RESULT, "date": 115}
FAILURE: Message = {"text": f"{JOB} ❌", "date": 100}
BETWEEN = [Kill("worker", 100.5)]
LATER = [Kill("worker", 200)]


@pytest.mark.parametrize(
    ("order", "jobs", "said", "kills", "verdict"),
    [
        (CALM, [], [], [], Verdict.LOST),
        (CALM, [DONE], [], [], Verdict.LOST),
        (CALM, [DONE], [RESULT], [], Verdict.DELIVERED_ONCE),
        (CALM, [DONE], [RESULT, REPETITION], BETWEEN, Verdict.DELIVERED_TWICE),
        (CALM, [DONE], [RESULT, REPETITION], LATER, Verdict.UNEXPLAINED),
        (CALM, [DONE], [RESULT, REPETITION, REPETITION], BETWEEN, Verdict.UNEXPLAINED),
        (CALM, [RUNNING], [], [], Verdict.ACTIVE),
        (CALM, [FAILED], [FAILURE], [], Verdict.UNEXPLAINED),
        (REFUSED, [FAILED], [FAILURE], [], Verdict.FAILED),
        (REFUSED, [FAILED], [], [], Verdict.UNEXPLAINED),
        (CALM, [UNCONFIRMED], [FAILURE], [], Verdict.UNCONFIRMED),
        (CALM, [UNCONFIRMED], [], [], Verdict.UNEXPLAINED),
    ],
)
def test_each_end_has_its_verdict(
    order: Order,
    jobs: Sequence[dict[str, str]],
    said: Sequence[Message],
    kills: Sequence[Kill],
    verdict: Verdict,
) -> None:
    """An end without a message, an unexplained failure and a missing end are never good."""
    assert judge(order, jobs, Chats(said), kills).verdict is verdict


@pytest.mark.parametrize(
    ("copies", "unanswered", "kills", "verdict"),
    [
        (2, [100], [], Verdict.REPEATED),
        (2, [100], BETWEEN, Verdict.REPEATED),
        (3, [100, 115], [], Verdict.REPEATED),
        (3, [115], BETWEEN, Verdict.REPEATED),
        (3, [100], [], Verdict.UNEXPLAINED),
        (4, [100, 115, 130], [], Verdict.UNEXPLAINED),
        (2, [130], [], Verdict.UNEXPLAINED),
    ],
)
def test_copy_is_explained_by_a_lost_response(
    copies: int, unanswered: Sequence[float], kills: Sequence[Kill], verdict: Verdict
) -> None:
    """Each but the first, and at most three, as docs/reliability.md promises."""
    said = Chats([{**RESULT, "date": 100 + 15 * number} for number in range(copies)])
    lost = [(7, at) for at in unanswered]
    assert judge(CALM, [DONE], said, kills, lost).verdict is verdict


def test_repeated_end_message_is_detected() -> None:
    """A failure message is repeated as rarely as a result."""
    said = Chats([FAILURE] * 4)
    assert judge(REFUSED, [FAILED], said, []).verdict is Verdict.UNEXPLAINED


@pytest.mark.parametrize(
    ("paid_again", "surplus", "verdict", "clean"),
    [
        (0, 0, Verdict.DELIVERED_ONCE, True),
        (1, 0, Verdict.DELIVERED_ONCE, False),
        (0, 1, Verdict.DELIVERED_ONCE, False),
        (0, 0, Verdict.LOST, False),
    ],
)
def test_one_violation_fails_the_run(
    paid_again: int, surplus: int, verdict: Verdict, *, clean: bool
) -> None:
    """A second payment, a job without an order or a single bad end."""
    ledger = Ledger([Entry(CALM, verdict)], paid=1, paid_again=paid_again, surplus=surplus)
    assert ledger.is_clean is clean
