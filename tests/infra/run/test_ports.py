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
    """Nothing is said of what is well."""
    assert problems([Port("api_port", free)]) == []


def test_taken_port_is_said_with_its_holder_and_a_way_out(taken: int) -> None:
    """A person can act on the sentence alone; the port it offers is free."""
    (problem,) = problems([Port("api_port", taken)])
    assert f"Port {taken} is taken by " in problem
    assert f"(process {os.getpid()})" in problem
    offered = int(problem.split("api_port=")[1].split()[0])
    with socket.create_server(("127.0.0.1", offered)):
        assert problem.endswith("make run")


def test_all_problems_are_said_at_once(taken: int, free: int) -> None:
    """Nobody has to start again to hear of the next one."""
    wanted = [Port("api_port", taken), Port("sandbox_fal_port", taken), Port("x_port", free)]
    assert len(problems(wanted)) == 2


def test_one_number_for_two_is_said(free: int) -> None:
    """The second of them could never start."""
    (problem,) = problems([Port("api_port", free), Port("sandbox_fal_port", free)])
    assert problem.startswith(f"api_port and sandbox_fal_port are both {free}:")


def test_address_that_is_not_ours_is_said(free: int) -> None:
    """A typing error in api_host is found before anything is started."""
    (problem,) = problems([Port("api_port", free, host="203.0.113.7")])
    assert problem == "This machine cannot listen on 203.0.113.7. Is api_host right?"
