"""Fuller versions of a prompt that keep what must not change."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.fal.language_model import LanguageModelError
from infra.fal.model import Work
from worker.prompt_helper.description import describing
from worker.prompt_helper.improvement import LONGEST, improving, protected_parts, usable_versions

PROMPT = "три кота под вывеской «Открыто» #лето"
FULLER = (
    "Три рыжих кота сидят на тёплой мостовой под деревянной вывеской «Открыто», три тени, #лето"
)


def versions_of(*versions: object) -> tuple[str, ...]:
    answer = json.dumps({"versions": versions}, ensure_ascii=False)
    return improving(PROMPT, Work.IMAGE, limit=2000).read(answer)


def test_fuller_versions_are_offered_once() -> None:
    """At most three, each on one line, none twice, and not the words themselves."""
    more = [f"{FULLER}, {number}" for number in range(3)]
    assert versions_of(f"{FULLER},\n 0", more[0], PROMPT, *more) == tuple(more)


@pytest.mark.parametrize(
    "version",
    [
        FULLER.replace("«Открыто»", "«Открыта»"),
        FULLER.replace("«Открыто»", '"Открыто"'),
        FULLER.replace("#лето", "летом"),
        "Three ginger cats sit under a wooden sign «Открыто» #лето",
        FULLER + " и ещё" * 200,
    ],
)
def test_versions_that_lose_something_are_dropped(version: str) -> None:
    """A letter of an inscription, its quotes, a hashtag, the language, or the room in the message."""
    assert versions_of(version, FULLER) == (FULLER,)
    assert versions_of(version) == ()


@pytest.mark.parametrize("versions", [[1, 2], [""], ["x" * 2001], ["x"] * 11])
def test_answers_of_another_form_are_refused(versions: list[object]) -> None:
    """Also if only one of the versions is wrong."""
    with pytest.raises(LanguageModelError):
        versions_of(*versions)


def test_emoji_count_as_telegram_counts_them() -> None:
    """Three versions must fit one message."""
    assert versions_of(f"{FULLER} {'😀' * LONGEST}"[:LONGEST]) == ()


def test_version_fits_the_model() -> None:
    """A model may take shorter prompts than a message does."""
    answer = json.dumps({"versions": [FULLER]}, ensure_ascii=False)
    assert improving(PROMPT, Work.VIDEO, limit=len(FULLER)).read(answer) == (FULLER,)
    assert improving(PROMPT, Work.VIDEO, limit=len(FULLER) - 1).read(answer) == ()


@pytest.mark.parametrize(
    ("prompt", "version", "kept"),
    [
        ("портрет Анны Карениной", "Анна Каренина стоит у поезда, мягкий свет", True),
        ("портрет Анны Карениной", "Женщина стоит у поезда, мягкий свет", False),
        ("кот играет на Fender", "рыжий кот играет на Fender в баре", True),
        ("кот играет на Fender", "рыжий кот играет на гитаре в баре", False),
        ("Кот спит", "Спящий рыжий кот на диване", True),
        ("a cat at a sign “Café 24”", "at dusk, a ginger cat below “Café 24”", True),
        ("a cat at a sign “Café 24”", "at dusk, a ginger cat below a café", False),
        ("кот на 3 этаже", "рыжий кот на третьем этаже", False),
        ("вывеска «Кафе", "Красивая вывеска „Кафе", False),
        ("вывеска «Кафе", "вывеска «Кафе, мягкий свет", True),
        ("кот у окна", "рыжий кот у окна --seed 5", False),
    ],
)
def test_names_numbers_and_inscriptions_stay(prompt: str, version: str, *, kept: bool) -> None:
    """Russian names may change their endings; where an inscription ends is not guessed."""
    assert bool(usable_versions(prompt, [version], LONGEST)) is kept


@pytest.mark.parametrize(
    ("work", "words"),
    [
        (Work.IMAGE, "makes images"),
        (Work.IMAGE_EDIT, "changes an image"),
        (Work.INPAINTING, "changes an image"),
        (Work.IMAGE_TO_VIDEO, "makes videos"),
    ],
)
def test_model_knows_what_the_prompt_is_for(work: Work, words: str) -> None:
    """A change of an image is no description of a scene."""
    assert words in improving(PROMPT, work, limit=2000).system


@given(
    prompt=st.text(alphabet='аб «»"#1-', max_size=40),
    versions=st.lists(st.text(alphabet='абв «»"#12-', max_size=60), max_size=5),
)
def test_each_version_has_every_protected_part(prompt: str, versions: list[str]) -> None:
    """As often as the prompt has it; spaces do not count."""
    own = " ".join(prompt.split())
    for version in usable_versions(prompt, versions, LONGEST):
        assert all(version.count(part) >= own.count(part) for part in protected_parts(own))


def test_spaces_at_the_ends_do_not_count() -> None:
    """The prompt is one open quotation mark and a space."""
    assert usable_versions("« ", ["1«"], LONGEST) == ("1«",)


@pytest.mark.parametrize(
    ("language", "words"), [("de", "Ein Kater am Fenster"), ("uk", "Кіт на вікні")]
)
def test_description_is_in_any_language_with_texts(language: str, words: str) -> None:
    """An operator can add one."""
    question = describing("data:", language=language, limit=300)
    assert question.read(json.dumps({"description": words})) == words
    assert {"de": "German", "uk": "Ukrainian"}[language] in question.system


def test_description_is_one_line_in_the_users_language() -> None:
    """A flag in it would change the order."""
    question = describing("data:", language="ru", limit=300)
    answer = {"description": "Кот на окне,\nмягкий свет --seed 7"}
    assert question.read(json.dumps(answer)) == "Кот на окне, мягкий свет —seed 7"
    for wrong in ("A cat at a window", "кот " * 100):
        with pytest.raises(LanguageModelError):
            question.read(json.dumps({"description": wrong}))
