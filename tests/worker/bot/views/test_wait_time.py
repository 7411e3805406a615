import pytest

from infra.errors import FailureKind
from tests.worker.bot.views.test_job_card import NOW, TEXTS, job, last_line, seen
from worker.bot.views.job_card import progress_card
from worker.bot.views.wait_time import kindly
from worker.model import ACTIVE, AT_FAL, CANCELLABLE, Cancellation, Problem, Status


def wait(seconds: float, usual: float | None = None, language: str = "en") -> str:
    """Return the last line of a job that fal has had for this long."""
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
def test_elapsed_time_has_growing_steps(seconds: float, shown: str) -> None:
    """An edit each second would use up Telegram's limit for a group."""
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
def test_wait_is_compared_with_the_usual_duration(seconds: float, usual: float, shown: str) -> None:
    """Before, within and after the model's usual duration."""
    assert wait(seconds, usual, "ru") == shown


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0.2, 1), (2.4, 2), (11, 10), (58, 60), (80, 75), (170, 165), (400, 420)]
)
def test_long_durations_are_rounded(seconds: float, shown: int) -> None:
    """The longer, the coarser."""
    assert kindly(seconds) == shown


@pytest.mark.parametrize("language", TEXTS.languages)
@pytest.mark.parametrize("status", sorted(CANCELLABLE))
def test_requested_cancel_replaces_the_wait(status: Status, language: str) -> None:
    """The job now waits for the cancel."""
    cancelled = job(status=status, cancel_requested=True, language=language, position=2)
    assert "✖️" in seen(progress_card(TEXTS, cancelled, NOW).text)


def test_cancel_at_fal_promises_nothing() -> None:
    """fal may still finish, and the card says so."""
    for status in AT_FAL:
        asked = {"cancel_requested": True, "cancellation": Cancellation.REQUESTED}
        assert "costs" in last_line(status=status, **asked)


@pytest.mark.parametrize("cancellation", sorted(set(Cancellation) - {Cancellation.REQUESTED}))
def test_only_uncharged_jobs_are_called_free(cancellation: Cancellation) -> None:
    """Not submitted, or removed from the queue: everything else may be charged."""
    shown = progress_card(TEXTS, job(status=Status.CANCELLED, cancellation=cancellation), NOW)
    free = cancellation in {Cancellation.UNSENT, Cancellation.REMOVED}
    assert ("nothing was spent" in shown.text) == free
    assert ("charge" in shown.text) != free


def test_result_after_a_late_cancel_says_so() -> None:
    """The user learns why there is a result."""
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
def test_card_says_why_a_step_waits(kind: FailureKind, said: tuple[str, str]) -> None:
    """And for how long, before and after the submit, in both languages; a clock time would depend on the time zone."""
    problem = Problem(kind=kind, since=NOW - 60)
    for language, words in zip(("ru", "en"), said, strict=True):
        waits = {"problem": problem, "deadline": NOW + 200, "language": language}
        assert last_line(status=Status.CREATED, **waits) == words
        assert last_line(status=Status.SUBMITTING, **waits) == words


@pytest.mark.slow
@pytest.mark.parametrize("language", TEXTS.languages)
@pytest.mark.parametrize("kind", [*FailureKind, "of_a_newer_version"])
@pytest.mark.parametrize("status", sorted(ACTIVE))
def test_every_problem_has_a_card(status: Status, kind: str, language: str) -> None:
    """Those that no user can act on show as their step."""
    problem = Problem(kind=kind, since=NOW)
    assert last_line(status=status, problem=problem, deadline=NOW + 60, language=language)


@pytest.mark.parametrize("status", [Status.UNCONFIRMED, Status.DELIVERING])
def test_past_problem_is_not_shown(status: Status) -> None:
    """A busy submit that may have been accepted since, a result that has arrived."""
    was = Problem(kind=FailureKind.BUSY, since=NOW)
    assert last_line(status=status, problem=was, deadline=NOW + 60) == last_line(
        status=status, deadline=NOW + 60
    )


@pytest.mark.parametrize(("left", "said"), [(1801, "31 min"), (1800, "30 min"), (-5, "1 min")])
def test_remaining_time_is_in_whole_minutes(left: float, said: str) -> None:
    """Rounded up: a card changes once a minute."""
    problem = Problem(kind=FailureKind.BUSY, since=NOW)
    assert said in last_line(problem=problem, deadline=NOW + left)


@pytest.mark.parametrize(
    ("status", "shown"),
    [
        (Status.SUBMITTING, "⏳ Handing it over…"),
        (Status.COLLECTING, "⬇️ Ready, downloading."),
        (Status.DELIVERING, "📤 Sending it to you."),
    ],
)
def test_own_step_shows_elapsed_time(status: Status, shown: str) -> None:
    """A card that does not change means that something is wrong."""
    text = seen(progress_card(TEXTS, job(status=status, updated_at=NOW - 12), NOW).text)
    assert text.splitlines()[-2:] == [shown, "10 s so far."]
    assert last_line(status=status, updated_at=NOW - 1) == shown


def test_unconfirmed_job_shows_its_waiting_time() -> None:
    """It may be half an hour for a video."""
    line = last_line(status=Status.UNCONFIRMED, deadline=NOW + 100, language="ru")
    assert "Жду подтверждения ещё 2 мин" in line
