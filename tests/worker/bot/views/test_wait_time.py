import pytest

from infra.errors import FailureKind
from tests.worker.bot.views.test_job_card import NOW, TEXTS, job, last_line, seen
from worker.bot.views.job_card import progress_card
from worker.bot.views.wait_time import kindly
from worker.model import ACTIVE, AT_FAL, CANCELLABLE, Cancellation, Status, Trouble


def wait(seconds: float, usual: float | None = None, language: str = "en") -> str:
    """The last line of a job that fal has had for so long."""
    since = NOW - seconds
    fields = {"status": Status.RUNNING, "submitted_at": since, "usual": usual}
    return last_line(language=language, **fields)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (4, "⚙️ At work."),
        (14, "10 s so far."),
        (29, "25 s so far."),
        (45, "40 s so far."),
        (119, "1 min 50 s so far."),
        (125, "2 min so far."),
        (215, "3 min 30 s so far."),
    ],
)
def test_elapsed_time_moves_in_steps_that_grow(seconds: float, shown: str) -> None:
    """A card that changed every second would use up what Telegram allows a group."""
    assert wait(seconds) == shown


@pytest.mark.parametrize(
    ("seconds", "usual", "shown"),
    [
        (1, 21.3, "Обычно занимает около 20 с."),
        (12, 21.3, "Прошло 10 с, обычно — около 20 с."),
        (34, 21.3, "Прошло 30 с: дольше обычного, всё ещё жду."),
        (2, 1.6, "Обычно занимает около 2 с."),
        (6, 1.6, "Прошло 5 с, обычно — около 2 с."),
        (11, 1.6, "Прошло 10 с: дольше обычного, всё ещё жду."),
        (65, 170, "Прошло 1 мин, обычно — около 2 мин 45 с."),
    ],
)
def test_the_wait_is_measured_by_what_is_usual(seconds: float, usual: float, shown: str) -> None:
    """Before, within and after the time that the model usually takes."""
    assert wait(seconds, usual, "ru") == shown


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0.2, 1), (2.4, 2), (11, 10), (58, 60), (80, 75), (170, 165), (400, 420)]
)
def test_nobody_counts_the_seconds_of_minutes(seconds: float, shown: int) -> None:
    """The longer, the rounder."""
    assert kindly(seconds) == shown


@pytest.mark.parametrize("language", TEXTS.languages)
@pytest.mark.parametrize("status", sorted(CANCELLABLE))
def test_a_wish_to_cancel_is_shown_instead_of_the_wait(status: Status, language: str) -> None:
    """What is being waited for now is the cancel."""
    wished = job(status=status, cancel_requested=True, language=language, position=2)
    assert "✖️" in seen(progress_card(TEXTS, wished, NOW).text)


def test_fal_that_was_asked_to_stop_may_finish_and_the_card_says_so() -> None:
    """No promise that nobody can keep."""
    for status in AT_FAL:
        asked = {"cancel_requested": True, "cancellation": Cancellation.REQUESTED}
        assert "costs" in last_line(status=status, **asked)


@pytest.mark.parametrize("cancellation", sorted(set(Cancellation) - {Cancellation.REQUESTED}))
def test_only_what_cost_nothing_is_called_free(cancellation: Cancellation) -> None:
    """Nothing sent, or taken out of the queue: everything else may be charged."""
    shown = progress_card(TEXTS, job(status=Status.CANCELLED, cancellation=cancellation), NOW)
    free = cancellation in {Cancellation.UNSENT, Cancellation.REMOVED}
    assert ("nothing was spent" in shown.text) == free
    assert ("charge" in shown.text) != free


def test_a_result_that_was_not_wanted_any_more_says_so() -> None:
    """It was too late, and the person learns why there is a result."""
    done = {"status": Status.DONE, "finished_at": NOW - 46, "cancel_requested": True}
    assert "could not be cancelled" in last_line(**done)


WAITS = {
    FailureKind.BUSY: (
        "⏳ Сервис сейчас занят и новых заданий не берёт. Пробую ещё 4 мин.",
        "⏳ The service is busy and takes no new jobs now. I keep trying for 4 min.",
    ),
    FailureKind.PROVIDER_DOWN: (
        "⏳ Сервис сейчас не отвечает, ему ещё ничего не отправлено. Пробую ещё 4 мин.",
        "⏳ The service does not answer now; nothing was sent to it yet. I keep trying for 4 min.",
    ),
    FailureKind.RESULT_UNREACHABLE: (
        "⬇️ Готово у сервиса, но скачать результат пока не удаётся. Пробую ещё 4 мин.",
        "⬇️ Ready at the service, but the result cannot be downloaded yet. I keep trying for 4 min.",
    ),
}


@pytest.mark.parametrize(("kind", "said"), WAITS.items())
def test_a_card_says_why_a_step_waits_and_for_how_long(
    kind: FailureKind, said: tuple[str, str]
) -> None:
    """Before the submit and after it, in both languages; a clock's time would be another one for half the readers."""
    trouble = Trouble(kind=kind, since=NOW - 60)
    for language, words in zip(("ru", "en"), said, strict=True):
        waits = {"trouble": trouble, "deadline": NOW + 200, "language": language}
        assert last_line(status=Status.CREATED, **waits) == words
        assert last_line(status=Status.SUBMITTING, **waits) == words


@pytest.mark.parametrize("language", TEXTS.languages)
@pytest.mark.parametrize("kind", [*FailureKind, "of_a_newer_version"])
@pytest.mark.parametrize("status", sorted(ACTIVE))
def test_every_trouble_has_a_card(status: Status, kind: str, language: str) -> None:
    """Those that nobody can do anything about show as the step that they keep."""
    trouble = Trouble(kind=kind, since=NOW)
    assert last_line(status=status, trouble=trouble, deadline=NOW + 60, language=language)


@pytest.mark.parametrize("status", [Status.UNCONFIRMED, Status.DELIVERING])
def test_trouble_that_is_over_is_not_shown(status: Status) -> None:
    """A submit that was busy at first and may have been taken then, a result that has come in at last."""
    was = Trouble(kind=FailureKind.BUSY, since=NOW)
    assert last_line(status=status, trouble=was, deadline=NOW + 60) == last_line(
        status=status, deadline=NOW + 60
    )


@pytest.mark.parametrize(("left", "said"), [(1801, "31 min"), (1800, "30 min"), (-5, "1 min")])
def test_what_is_left_is_said_in_whole_minutes(left: float, said: str) -> None:
    """Rounded up: a card changes once a minute."""
    trouble = Trouble(kind=FailureKind.BUSY, since=NOW)
    assert said in last_line(trouble=trouble, deadline=NOW + left)


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        (Status.SUBMITTING, "⏳ Handing it over…"),
        (Status.COLLECTING, "⬇️ Ready, downloading."),
        (Status.DELIVERING, "📤 Sending it to you."),
    ],
)
def test_a_step_of_ours_has_a_clock(status: Status, shown: str) -> None:
    """It goes on, so that a card which stands still means that something is wrong."""
    text = seen(progress_card(TEXTS, job(status=status, updated_at=NOW - 12), NOW).text)
    assert text.splitlines()[-2:] == [shown, "10 s so far."]
    assert last_line(status=status, updated_at=NOW - 1) == shown


def test_an_unconfirmed_job_says_how_long_it_is_waited_for() -> None:
    """It may be half an hour for a video."""
    line = last_line(status=Status.UNCONFIRMED, deadline=NOW + 100, language="ru")
    assert "Жду подтверждения ещё 2 мин" in line
