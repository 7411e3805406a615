import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from infra.retry import RetryPolicy
from infra.run.children import Child, RestartPolicy
from infra.run.plan import Program
from tests.infra.run.programs import Screen, lives, make_folders, pid_of, program, until

SLEEP = 'touch "$READY"; exec sleep 60'
AT_ONCE = RestartPolicy(RetryPolicy(first=0.01, longest=0.02))


@asynccontextmanager
async def supervised(
    what: Program, run_dir: Path, screen: Screen, restarts: RestartPolicy = AT_ONCE
) -> AsyncIterator[Child]:
    make_folders(run_dir)
    child = Child(
        what, environment=dict(os.environ), run_dir=run_dir, console=screen, restarts=restarts
    )
    task = asyncio.create_task(child.supervise())
    try:
        yield child
    finally:
        task.cancel()
        await asyncio.wait({task})


async def test_killed_child_is_restarted(tmp_path: Path) -> None:
    """kill -9 costs a moment and one line on the console."""
    screen = Screen()
    async with supervised(program(tmp_path, SLEEP), tmp_path, screen) as child:
        await child.ready.wait()
        first = pid_of(tmp_path)
        os.kill(first, signal.SIGKILL)
        await until(lambda: "is running again" in screen.text)
        assert child.ready.is_set()
        assert pid_of(tmp_path) != first
    assert "sleeper died (killed by SIGKILL). Restart in 0.01 s." in screen.text


async def test_stopped_child_leaves_nothing(tmp_path: Path) -> None:
    """No process is left when the supervisor ends, and the PID file is free."""
    async with supervised(program(tmp_path, SLEEP), tmp_path, Screen()) as child:
        await child.ready.wait()
        pid = pid_of(tmp_path)
        assert lives(pid)
    assert not lives(pid)


async def test_child_may_finish_its_work_on_sigterm(tmp_path: Path) -> None:
    """SIGTERM comes first, and the child's last output is still logged."""
    script = "trap 'echo said goodbye; exit 0' TERM; touch \"$READY\"; while :; do sleep 0.01; done"
    async with supervised(program(tmp_path, script), tmp_path, Screen()) as child:
        await child.ready.wait()
    assert "said goodbye" in child.output.log.read_text()


async def test_child_that_exits_at_once_is_reported_with_its_last_output(tmp_path: Path) -> None:
    """After five quick exits in a row the console shows the reason and the next step once; restarts continue."""
    screen = Screen()
    script = f"echo I cannot find my hat; echo x >> {tmp_path}/lives; exit 3"
    async with supervised(program(tmp_path, script), tmp_path, screen) as child:
        await child.settled.wait()
        await until(lambda: len((tmp_path / "lives").read_text().split()) > 6)
    assert not child.ready.is_set()
    assert screen.text.count("keeps dying after the start (exit code 3)") == 1
    assert "│ I cannot find my hat" in screen.text
    assert "Mend sleeper." in screen.text
    assert str(child.output.log) in screen.text


async def test_program_that_cannot_be_executed_is_reported(tmp_path: Path) -> None:
    """A missing binary counts as an exit of the child, not as a crash of `make run`."""
    screen = Screen()
    missing = Program("ghost", ("/nowhere/ghost",), program(tmp_path, "").probe, "Mend ghost.")
    async with supervised(missing, tmp_path, screen) as child:
        await child.settled.wait()
    assert "cannot run ghost: [Errno 2] No such file or directory: '/nowhere/ghost'" in screen.text


async def test_warnings_reach_the_console_and_the_rest_the_log(tmp_path: Path) -> None:
    """The console is quiet until something is wrong."""
    screen = Screen()
    script = f"echo INFO all is well; echo WARNING the lamp flickers; {SLEEP}"
    async with supervised(program(tmp_path, script), tmp_path, screen) as child:
        await child.ready.wait()
        await until(lambda: "lamp" in screen.text)
    assert screen.text == "sleeper │ WARNING the lamp flickers\n"
    assert "INFO all is well" in child.output.log.read_text()


async def test_endless_output_line_is_kept(tmp_path: Path) -> None:
    """A line longer than any buffer is kept like another."""
    script = f"head -c 300000 /dev/zero | tr '\\0' x; echo; echo done; {SLEEP}"
    async with supervised(program(tmp_path, script), tmp_path, Screen()) as child:
        await until(lambda: child.output.last_lines[-1:] == ("done",))
    assert child.output.log.stat().st_size == 300_006


async def test_unwritable_log_stops_no_child(tmp_path: Path) -> None:
    """On a full disk the program continues, and the console says what is lost."""
    screen = Screen()
    make_folders(tmp_path)
    (tmp_path / "logs" / "sleeper.log").mkdir()
    async with supervised(program(tmp_path, f"echo hello; {SLEEP}"), tmp_path, screen) as child:
        await child.ready.wait()
        await until(lambda: "cannot be written" in screen.text)


async def test_large_log_is_rotated(tmp_path: Path) -> None:
    """One former log is kept."""
    make_folders(tmp_path)
    log = tmp_path / "logs" / "sleeper.log"
    with log.open("wb") as former:
        former.truncate(10_000_001)
    async with supervised(program(tmp_path, f"echo hello; {SLEEP}"), tmp_path, Screen()) as child:
        await child.ready.wait()
        await until(lambda: log.exists() and log.read_text() == "hello\n")
    assert log.with_suffix(".log.1").stat().st_size == 10_000_001


async def test_orphaned_child_is_stopped_before_another_starts(tmp_path: Path) -> None:
    """Two processes of one name would use the same port."""
    async with supervised(program(tmp_path, SLEEP), tmp_path, Screen()) as first:
        await first.ready.wait()
        pid = pid_of(tmp_path)
        async with supervised(
            program(tmp_path, "exec sleep 60"),
            tmp_path,
            Screen(),
            RestartPolicy(RetryPolicy(first=60, longest=60)),
        ):
            await until(lambda: not lives(pid))


@pytest.mark.parametrize(
    ("quick_deaths", "delay"), [(1, 0.5), (2, 1), (3, 2), (4, 4), (5, 10), (50, 10)]
)
def test_restart_delay_grows_up_to_its_bound(quick_deaths: int, delay: float) -> None:
    """A child that cannot run costs little; one that exited once is restarted at once."""
    assert RestartPolicy().delay(quick_deaths) == delay
