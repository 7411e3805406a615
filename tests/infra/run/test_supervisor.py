import asyncio
import os
from pathlib import Path

import pytest

from infra.run.plan import Fake, Plan, Program
from infra.run.supervisor import Supervisor
from infra.settings import Settings
from tests.infra.run.programs import Screen, lives, make_folders, pid_of, program


@pytest.fixture
def screen() -> Screen:
    return Screen()


def plan_of(service: Program, product: Program) -> Plan:
    return Plan(
        settings=Settings.model_validate({}),
        added={"greeting": "hello"},
        redis=Fake(service, {}),
        telegram=None,
        fal=None,
        product=(product,),
    )


def diarist(run_dir: Path, name: str) -> Program:
    """Return a script that logs its start and its stop to a shared file."""
    write = f'echo "{name} %s" >> {run_dir}/diary'
    script = (
        f"trap '{write % 'stops'}; exit 0' TERM; {write % 'starts'};"
        ' touch "$READY"; while :; do sleep 0.01; done'
    )
    return program(run_dir, script, name)


async def test_services_start_first_and_stop_last(tmp_path: Path, screen: Screen) -> None:
    """The product never runs without the services that it needs."""
    make_folders(tmp_path)
    plan = plan_of(diarist(tmp_path, "service"), diarist(tmp_path, "product"))
    supervisor = Supervisor(plan, tmp_path, screen)
    assert await supervisor.start()
    await supervisor.stop()
    diary = (tmp_path / "diary").read_text().splitlines()
    assert diary == ["service starts", "product starts", "product stops", "service stops"]


async def test_child_that_is_not_ready_in_time_does_not_delay_the_others(
    tmp_path: Path, screen: Screen
) -> None:
    """The message names the child, its last output and the next step."""
    make_folders(tmp_path)
    slow = program(tmp_path, "echo still thinking; exec sleep 60", "slow")
    supervisor = Supervisor(plan_of(slow, diarist(tmp_path, "product")), tmp_path, screen)
    assert not await supervisor.start(timeout_seconds=0.5)
    await supervisor.stop()
    assert "slow is not ready after 0.5 s" in screen.text
    assert "│ still thinking" in screen.text
    assert "Mend slow." in screen.text
    assert "product starts" in (tmp_path / "diary").read_text()


async def test_stop_can_be_cut_short(tmp_path: Path, screen: Screen) -> None:
    """A second Ctrl-C does not wait for a child that ignores the first."""
    make_folders(tmp_path)
    deaf = program(tmp_path, "trap '' TERM; touch \"$READY\"; while :; do sleep 0.1; done", "deaf")
    supervisor = Supervisor(plan_of(deaf, diarist(tmp_path, "product")), tmp_path, screen)
    await supervisor.start()
    pid = pid_of(tmp_path, "deaf")
    stopping = asyncio.create_task(supervisor.stop())
    await asyncio.sleep(0.3)
    assert lives(pid)
    supervisor.kill()
    await asyncio.wait_for(stopping, 2)
    assert not lives(pid)


async def test_children_get_the_settings_of_the_plan(tmp_path: Path, screen: Screen) -> None:
    """They are environment variables, added to our own."""
    make_folders(tmp_path)
    tell = program(
        tmp_path, f'echo "$greeting $PATH" > {tmp_path}/told; touch "$READY"; sleep 60', "tell"
    )
    supervisor = Supervisor(plan_of(diarist(tmp_path, "service"), tell), tmp_path, screen)
    await supervisor.start()
    await supervisor.stop()
    assert (tmp_path / "told").read_text() == f"hello {os.environ['PATH']}\n"
