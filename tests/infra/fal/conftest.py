from collections.abc import Iterator

import pytest

from tests.fal_process import run_fal
from tests.infra.fal.answers import KEY


@pytest.fixture(scope="module")
def fal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The fake in its own process, fifty times faster than real time."""
    with run_fal(tmp_path_factory.mktemp("fal"), "--pace", "0.02", "--key", KEY) as url:
        yield url
