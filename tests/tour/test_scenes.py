"""The list of scenes."""

import pytest

from tests.tour.scenes import SCENES
from tests.tour.stage import NAMES


@pytest.mark.parametrize("language", NAMES)
def test_each_scene_has_a_user_of_its_own(language: str) -> None:
    """A scene without a name, or with that of another scene, would stop the tour in its middle."""
    names = NAMES[language]
    assert len(names) >= len(SCENES)
    assert len(set(names)) == len(names)
    assert len({scene.name for scene in SCENES}) == len(SCENES)
