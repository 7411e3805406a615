from pathlib import Path

import pytest

from infra.fal.models.document import PAGE, READMES, page, readme


def test_page_of_models_is_in_step_with_the_catalogue() -> None:
    """`make model-tables` writes it after a change of a row, a schema or a price."""
    text = PAGE.read_text(encoding="utf-8")
    assert text == page(text)


@pytest.mark.parametrize(("file", "words"), READMES.items(), ids=lambda one: str(one)[-9:])
def test_number_of_models_is_in_step_with_the_catalogue(file: Path, words: str) -> None:
    """The comparison with others counts what the catalogue has."""
    text = file.read_text(encoding="utf-8")
    assert text == readme(text, words)
