import pytest

from infra.fal.model import Value, Work
from infra.i18n import Texts
from infra.settings import Settings
from worker.bot.current_user import CurrentUser
from worker.bot.draft import Draft
from worker.bot.options.catalog import OFFERED, OptionCatalog
from worker.bot.options.errors import line_problems
from worker.bot.options.prompt_parser import ParsedPrompt
from worker.users.store import User

TEXTS = Texts()
OFFERING = OptionCatalog(Settings(_env_file=None))
IMPOSSIBLE: tuple[tuple[str, Value], ...] = (
    *(("count", 9), ("duration", 99), ("aspect", "5:7"), ("size", "5:7"), ("scale", 99)),
    *(("seed", 10**40), ("negative_prompt", "я" * 600)),
)


@pytest.mark.parametrize("language", TEXTS.languages)
@pytest.mark.parametrize("work", OFFERED)
def test_option_errors_are_whole_sentences(work: Work, language: str) -> None:
    """Each ends with one full stop, also after an abbreviation such as «4 шт.»."""
    current_user = CurrentUser(User(1), TEXTS.speaking(language))
    for option, value in IMPOSSIBLE:
        said = line_problems(
            current_user, OFFERING, Draft(work=work), ParsedPrompt("кот", {option: value})
        )
        assert said
        assert all(line.endswith(".") and ".." not in line for line in said)


@pytest.mark.parametrize(
    ("work", "flag", "possible"),
    [
        (Work.IMAGE, "--style", "Без стиля, Фотография, Кино, "),
        (Work.IMAGE, "--quality", "Стандарт, Премиум."),
        (Work.IMAGE, "--ar", "Квадрат 1:1, Вертикальный 3:4, "),
        (Work.IMAGE, "--count", "1 шт., 2 шт., 3 шт., 4 шт."),
        (Work.VIDEO, "--seconds", "4 с, 5 с, 6 с, 7 с, 8 с, 9 с, 10 с, 11 с, 12 с."),
        (Work.VIDEO, "--ar", "16:9, 9:16, 1:1, 4:3, 3:4, 21:9."),
        (Work.VIDEO, "--audio", "🔊 Со звуком, 🔇 Без звука."),
        (Work.IMAGE, "--seed", "целое число."),
        (Work.IMAGE, "--no", "слова, например «люди, текст»."),
        (Work.VIDEO, "--style", "ничего, этого модель не умеет."),
    ],
)
def test_invalid_value_lists_the_valid_ones(work: Work, flag: str, possible: str) -> None:
    """In the words that are accepted."""
    current_user = CurrentUser(User(1), TEXTS.speaking("ru"))
    said = line_problems(
        current_user, OFFERING, Draft(work=work), ParsedPrompt("кот", incomplete=(flag,))
    )
    assert f"Можно: {possible}" in said[0]


def test_option_of_another_model_names_that_model() -> None:
    """The first one that can do it; FLUX.1 schnell has no negative prompt, Nano Banana does."""
    current_user = CurrentUser(User(1), TEXTS.speaking("ru"))
    line = ParsedPrompt("кот", {"negative_prompt": "люди"})
    said = line_problems(current_user, OFFERING, Draft(work=Work.IMAGE), line)
    assert "а Nano Banana умеет" in said[0]
    assert "--model nano-banana<" in said[0]
    both = ParsedPrompt("кот", {"negative_prompt": "люди", "model": "fal-ai/nano-banana"})
    assert not line_problems(current_user, OFFERING, Draft(work=Work.IMAGE), both)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("nano", "подходит несколько моделей. Уточните: nano-banana, nano-banana-2."),
        ("midjourney", "такой модели здесь нет. Есть: flux-1-schnell, nano-banana, flux-2-flash,"),
    ],
)
def test_model_that_is_not_clear_lists_the_possible_ones(asked: str, said: str) -> None:
    """As they are written after `--model`."""
    current_user = CurrentUser(User(1), TEXTS.speaking("ru"))
    line = ParsedPrompt("кот", {"model": asked})
    assert said in line_problems(current_user, OFFERING, Draft(work=Work.IMAGE), line)[0]
