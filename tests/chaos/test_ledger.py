"""The instrument itself: each way to break a promise is seen."""

from collections.abc import Sequence

import pytest

from tests.chaos.fleet import Kill
from tests.chaos.ledger import Chats, Entry, Ledger, Verdict, judge
from tests.chaos.orders import Order
from tests.person import Message

JOB = "0t70tdvz3114s59n"
CALM = Order(1, 0, None)
REFUSED = Order(2, 0, "#nsfw")
DONE = {"id": JOB, "status": "done"}
FAILED = {"id": JOB, "status": "failed", "failure": "moderation"}
UNCONFIRMED = {"id": JOB, "status": "failed", "failure": "unconfirmed"}
RUNNING = {"id": JOB, "status": "running"}
RESULT: Message = {"photo": [], "caption": f"a boat {JOB}", "date": 100}
REPETITION: Message = {**RESULT, "date": 115}
APOLOGY: Message = {"text": f"{JOB} ❌", "date": 100}
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
        (CALM, [FAILED], [APOLOGY], [], Verdict.UNEXPLAINED),
        (REFUSED, [FAILED], [APOLOGY], [], Verdict.FAILED),
        (REFUSED, [FAILED], [], [], Verdict.UNEXPLAINED),
        (CALM, [UNCONFIRMED], [APOLOGY], [], Verdict.UNCONFIRMED),
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
    """What nobody was told, what nothing injected explains and what is missing is never good."""
    assert judge(order, jobs, Chats(said), kills).verdict is verdict


@pytest.mark.parametrize(
    ("paid_again", "surplus", "verdict", "clean"),
    [
        (0, 0, Verdict.DELIVERED_ONCE, True),
        (1, 0, Verdict.DELIVERED_ONCE, False),
        (0, 1, Verdict.DELIVERED_ONCE, False),
        (0, 0, Verdict.LOST, False),
    ],
)
def test_one_fault_is_enough(
    paid_again: int, surplus: int, verdict: Verdict, *, clean: bool
) -> None:
    """A second payment, a job that nobody ordered or a single bad end fails the run."""
    ledger = Ledger([Entry(CALM, verdict)], paid=1, paid_again=paid_again, surplus=surplus)
    assert ledger.is_clean is clean
