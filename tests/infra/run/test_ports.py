import os
import socket
from collections.abc import Iterator

import pytest

from infra.run.ports import Port, problems


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_free_port_is_no_problem(free: int) -> None:
    """A free port produces no output."""
    assert problems([Port("api_port", free)]) == []


def test_taken_port_is_reported_with_its_owner_and_an_alternative(taken: int) -> None:
    """The message names the process on the port and offers a free port."""
    (problem,) = problems([Port("api_port", taken)])
    assert f"Port {taken} is in use by " in problem
    assert f"(process {os.getpid()})" in problem
    offered = int(problem.split("api_port=")[1].split()[0])
    with socket.create_server(("127.0.0.1", offered)):
        assert problem.endswith("make run")


def test_all_problems_are_reported_at_once(taken: int, free: int) -> None:
    """One start reports every problem."""
    wanted = [Port("api_port", taken), Port("sandbox_fal_port", taken), Port("x_port", free)]
    assert len(problems(wanted)) == 2


def test_port_that_is_used_twice_is_reported(free: int) -> None:
    """Two services on one port are reported before either starts."""
    (problem,) = problems([Port("api_port", free), Port("sandbox_fal_port", free)])
    assert problem.startswith(f"api_port and sandbox_fal_port are both {free}:")


def test_foreign_address_is_reported(free: int) -> None:
    """A typing error in api_host is found before anything is started."""
    (problem,) = problems([Port("api_port", free, host="203.0.113.7")])
    assert problem == "This machine cannot listen on 203.0.113.7. Check api_host."
