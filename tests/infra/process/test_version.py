import platform

import pytest

from infra.process.version import read_version


@pytest.fixture(autouse=True)
def forget() -> None:
    read_version.cache_clear()


def test_an_image_says_its_commit_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no repository in an image."""
    monkeypatch.setenv("DARKROOM_COMMIT", "abc123")
    assert read_version()["commit"] == "abc123"


def test_name_and_version_are_the_projects(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is one place for them: pyproject.toml."""
    monkeypatch.delenv("DARKROOM_COMMIT", raising=False)
    version = read_version()
    assert version["name"] == "darkroom"
    assert version["version"][0].isdigit()
    assert version["python"] == platform.python_version()
