"""One running installation for each way that updates can come in, shared by a file of journeys."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes import Installation
from tests.valkey import ValkeyServer


@pytest.fixture(scope="module", params=["polling", "webhook"])
def installation(request: pytest.FixtureRequest) -> Iterator[Installation]:
    mode: str = request.param
    with (
        tempfile.TemporaryDirectory() as directory,
        ValkeyServer(Path(directory)) as valkey,
        Installation(Path(directory), valkey.url, mode) as running,
    ):
        yield running
