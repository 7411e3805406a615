"""One running installation for each update mode (polling, webhook), shared by the tests of a file."""

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
