import platform

import pytest

from infra.process.version import read_version


@pytest.fixture(autouse=True)
def forget() -> None:
    read_version.cache_clear()


def test_commit_comes_from_the_environment_in_an_image(monkeypatch: pytest.MonkeyPatch) -> None:
    """An image has no repository."""
    monkeypatch.setenv("DARKROOM_COMMIT", "abc123")
    assert read_version()["commit"] == "abc123"


def test_name_and_version_equal_pyproject(monkeypatch: pytest.MonkeyPatch) -> None:
    """pyproject.toml is the only place for them."""
    monkeypatch.delenv("DARKROOM_COMMIT", raising=False)
    version = read_version()
    assert version["name"] == "darkroom"
    assert version["version"][0].isdigit()
    assert version["python"] == platform.python_version()
