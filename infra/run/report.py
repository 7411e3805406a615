"""Console output of `make run`."""

import signal
from collections.abc import Sequence
from typing import TextIO
from urllib.parse import urlsplit

from pydantic import ValidationError

from infra.redis.sentinel import SCHEME as SENTINEL
from infra.run.output import Output
from infra.run.plan import Plan, Program

_BOLD, _DIM, _RED, _YELLOW, _GREEN = "1", "2", "31", "33", "32"


class Console:
    """Writes messages, optionally in colour."""

    def __init__(self, stream: TextIO, *, coloured: bool) -> None:
        self._stream = stream
        self._coloured = coloured

    def say(self, text: str) -> None:
        self._stream.write(f"{text}\n")
        self._stream.flush()

    def problem(self, text: str) -> None:
        self.say(f"{self._paint(_RED, '✗')} {text}")

    def child_line(self, name: str, line: str) -> None:
        self.say(f"{self._paint(_YELLOW, f'{name} │')} {line}")

    def died(self, name: str, code: int, delay: float) -> None:
        self.problem(f"{name} died ({explain_exit(code)}). Restart in {delay:g} s.")

    def runs_again(self, name: str) -> None:
        self.say(f"{self._paint(_GREEN, '✓')} {name} is running again.")

    def killed(self, name: str, timeout_seconds: float) -> None:
        self.problem(f"{name} did not stop within {timeout_seconds:g} s and was killed.")

    def gave_up(self, program: Program, output: Output, code: int, delay: float) -> None:
        self.problem(
            f"{program.name} keeps dying after the start ({explain_exit(code)}). Restart every {delay:g} s."
        )
        self._explain(program, output)

    def not_ready(self, program: Program, output: Output, waited: float) -> None:
        self.problem(f"{program.name} is not ready after {waited:g} s. The other programs run.")
        self._explain(program, output)

    def _explain(self, program: Program, output: Output) -> None:
        self.say("  Its last lines:")
        for line in output.last_lines or ("(no output)",):
            self.say(self._paint(_DIM, f"  │ {line}"))
        self.say(f"  {program.next_step}\n  Full log: {output.log}")

    def summary(self, plan: Plan, logs: str, *, complete: bool) -> None:
        headline = "Darkroom is running." if complete else "Darkroom is running, but not all of it."
        self.say(f"\n  {self._paint(_BOLD, headline)}\n")
        base_url = plan.settings.local_url
        chat = plan.telegram and plan.telegram.settings["tg_api_base"]
        addresses = {
            "Chat": f"{chat}  ← open this" if chat else "your bot in Telegram",
            "Operator": f"{base_url}/  ← jobs, queues, spending",
        }
        if plan.fal:
            page = plan.fal.settings["fal_queue_base_url"]
            addresses["Failures"] = f"{page}  ← hashtags that make a prompt fail"
        addresses |= {"Health": f"{base_url}/health", "API": f"{base_url}/docs"}
        for label, text in addresses.items():
            self._row(label, self._paint(_BOLD, text))
        self.say("")
        for label, text in service_rows(plan):
            self._row(label, text)
        for name in plan.unused:
            self.problem(f"{name} is set, but has no effect with a local fake.")
        self.say("")
        self._row("Logs", logs)
        self._row("Stop", "Ctrl-C\n")

    def _row(self, label: str, text: str) -> None:
        self.say(f"  {label:<10} {text}")

    def _paint(self, colour: str, text: str) -> str:
        return f"\033[{colour}m{text}\033[0m" if self._coloured else text


def explain_settings(error: ValidationError) -> list[str]:
    """Name every invalid setting, but never its value: it may be a secret."""
    return [
        ": ".join((*map(str, one["loc"]), one["msg"].removeprefix("Value error, ")))
        for one in error.errors(include_input=False, include_url=False)
    ]


def explain_second_run(pid: int | None, run_dir: str) -> str:
    return (
        f"Another `make run` (process {pid or 'unknown'}) runs in {run_dir}."
        " Stop it with Ctrl-C first, or give this one its own folder and ports:"
        " .venv/bin/darkroom run --run-dir DIR"
    )


def service_rows(plan: Plan) -> Sequence[tuple[str, str]]:
    fake = "a local fake (for the real one set {})"
    telegram = fake.format("tg_bot_token") if plan.telegram else "real"
    fal = fake.format("fal_api_key") if plan.fal else "real: images and videos cost money"
    url = urlsplit(plan.settings.redis_url)
    redis = f"yours, at {f'{url.hostname}:{url.port or 6379}' if url.hostname else url.path}"
    if plan.redis:
        redis = "an embedded Valkey (yours: set redis_url)"
    elif plan.settings.redis_url.startswith(SENTINEL):
        redis = "yours, through Sentinel"
    return (
        ("Telegram", f"{telegram}, by {plan.settings.tg_update_mode}"),
        ("fal", fal),
        ("Redis", redis),
    )


def explain_exit(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    return f"killed by {signal.Signals(-code).name}"
