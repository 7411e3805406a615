import ast
import re
import shutil
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from fluent.syntax import FluentParser
from fluent.syntax import ast as fluent
from fluent.syntax.visitor import Visitor
from hypothesis import given, settings
from hypothesis import strategies as st

import infra.money
import webhook_app.dashboard
import worker
from infra.fal.models.catalogue import MODELS
from infra.fal.styles import STYLES
from infra.i18n import LOCALES, Texts
from infra.images.reader import MAX_PIXELS
from infra.sandbox.telegram.formatting.html import HtmlParser
from infra.telegram.files import MAX_BYTES
from worker.bot.commands import menu
from worker.bot.options.labels import label
from worker.model import Kind

TEXTS = Texts()
NUMBERS = frozenset(
    {
        "position",
        "minutes",
        "seconds",
        "hours",
        "dollars",
        "jobs",
        "count",
        "ending",
        "least",
        "length",
        "limit",
        "milliseconds",
    }
)


class _Variables(Visitor):
    def __init__(self) -> None:
        self.found: set[str] = set()

    def visit_VariableReference(self, node: fluent.VariableReference) -> None:  # noqa: N802 - the visitor's name
        self.found.add(node.id.name)


class _Pieces(Visitor):
    def __init__(self) -> None:
        self.found: list[str] = []

    def visit_TextElement(self, node: fluent.TextElement) -> None:  # noqa: N802 - the visitor's name
        self.found.append(node.value)


def messages(language: str) -> dict[str, set[str]]:
    """Return each key with the names of its arguments; fail for a file that does not parse, and for a duplicate key."""
    found: dict[str, set[str]] = {}
    for file in (LOCALES / language).glob("*.ftl"):
        for entry in FluentParser().parse(file.read_text(encoding="utf-8")).body:
            assert not isinstance(entry, fluent.Junk), f"{file.name}: {entry.content}"
            if isinstance(entry, fluent.Message):
                assert entry.id.name not in found, f"{entry.id.name} is a duplicate"
                variables = _Variables()
                variables.visit(entry)
                found[entry.id.name] = variables.found
    return found


def _words(language: str) -> Iterator[tuple[str, str]]:
    """Return each text that users read, with its key; skip names of variables and comments."""
    for file in (LOCALES / language).glob("*.ftl"):
        for entry in FluentParser().parse(file.read_text(encoding="utf-8")).body:
            if isinstance(entry, fluent.Message):
                pieces = _Pieces()
                pieces.visit(entry)
                yield from ((entry.id.name, text) for text in pieces.found)


MESSAGES = {language: messages(language) for language in TEXTS.languages}


def _syntax() -> Iterator[ast.AST]:
    folders = [Path(next(iter(package.__path__))) for package in (worker, webhook_app.dashboard)]
    files = [file for folder in folders for file in folder.rglob("*.py")]
    for file in (*files, Path(infra.money.__file__)):
        yield from ast.walk(ast.parse(file.read_text(encoding="utf-8")))


def _templates() -> str:
    folder = Path(next(iter(webhook_app.dashboard.__path__)))
    return "\n".join(file.read_text(encoding="utf-8") for file in folder.rglob("*.html"))


def _literals() -> set[str]:
    literals = {
        node.value
        for node in _syntax()
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return literals | set(re.findall(r'"([\w-]+)"', _templates()))


def _families() -> set[str]:
    """Return prefixes of composed keys, such as `size-` of f"size-{value}"."""
    beginnings = {
        node.values[0].value
        for node in _syntax()
        if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant)
    }
    beginnings |= set(re.findall(r'"([\w-]+-)" ~', _templates()))
    return {text for text in beginnings if isinstance(text, str) and text.endswith("-")}


def _spoken() -> set[str]:
    """Return the literal keys: `say("…")`, `say.plain("…")`."""
    in_templates = set(re.findall(r'say\("([\w-]*\w)"', _templates()))
    return in_templates | {
        node.args[0].value
        for node in _syntax()
        if isinstance(node, ast.Call)
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
        and ast.unparse(node.func).split(".")[-1] in ("say", "plain", "everywhere")
    }


def test_both_languages_have_the_same_keys_and_arguments() -> None:
    """Every message exists in both languages with the same arguments."""
    assert MESSAGES["ru"] == MESSAGES["en"]


def test_one_word_for_an_image_and_one_for_a_video() -> None:
    """No message says картинка, клип, picture or clip: it is изображение, видео, image and video everywhere.

    Users may say them: `words-…` are what the bot understands.
    """
    other_words = re.compile(r"картин|клип|\b(picture|clip)s?\b", re.IGNORECASE)
    found = [
        f"{language}: {key}"
        for language in TEXTS.languages
        for key, text in _words(language)
        if other_words.search(text) and not key.startswith("words-")
    ]
    assert found == []


def test_every_used_key_exists() -> None:
    """A missing key would raise while a user waits."""
    assert _spoken() - MESSAGES["ru"].keys() == set()


def test_every_key_is_used() -> None:
    """Unused messages are deleted."""
    literals, families = _literals(), tuple(_families())
    unsaid = [key for key in MESSAGES["ru"] if key not in literals and not key.startswith(families)]
    assert unsaid == []


@pytest.mark.parametrize("language", TEXTS.languages)
def test_every_value_of_every_option_has_a_name(language: str) -> None:
    """For any models that the operator sets."""
    say = TEXTS.speaking(language)
    names = ("size", "count", "duration", "aspect", "audio")
    values = [(name, value) for m in MODELS.values() for name in names for value in m.choices(name)]
    values += [("style", style) for style in STYLES]
    values += [("quality", quality) for quality in ("standard", "premium")]
    assert all(label(say, name, value) for name, value in values)
    assert all(command.description for command in menu(say))


@settings(max_examples=20, deadline=None)  # a busy machine is slow, not wrong
@given(
    hostile=st.text(
        st.sampled_from("<>&\"'я🍎 \n") | st.sampled_from(string.printable), max_size=40
    )
)
def test_no_argument_breaks_a_text(hostile: str) -> None:
    """Names, prompts and ids of any kind leave Telegram's HTML valid in every message."""
    for language in TEXTS.languages:
        for key, names in MESSAGES[language].items():
            arguments = {name: 5 if name in NUMBERS else hostile for name in names}
            HtmlParser(TEXTS(language, key, **arguments)).parse()


@pytest.mark.parametrize("language", TEXTS.languages)
def test_alerts_fit_telegrams_limit(language: str) -> None:
    """An answer to a press has at most 200 characters."""
    say = TEXTS.speaking(language)
    said = [say.plain("refusal-alert", id="9" * 16)]
    said += [say.plain(key) for key in ("stale", "not-yours", "not-offered", "words-gone")]
    said += [say.plain(key) for key in ("start-gone", "preset-gone", "preset-deleted")]
    said += [say.plain("presets-full", limit=20), say.plain("preset-applied", name="я" * 24)]
    said += [say.plain(key) for key in ("again-started", "language-set")]
    assert max(map(len, said)) <= 200


def test_argument_may_be_as_long_as_a_message() -> None:
    """Text that looks like another argument in it is unchanged."""
    prompt = "<{ $id }\ue000id\ue000>" * 300
    assert HtmlParser(TEXTS("en", "prompt-to-edit", prompt=prompt)).parse().text.endswith(prompt)


@pytest.mark.parametrize(
    ("kind", "russian", "english"),
    [("video", "ваше видео", "your video"), ("image", "ваше изображение", "your image")],
)
def test_text_argument_chooses_a_variant(kind: str, russian: str, english: str) -> None:
    """A word such as the kind of an input, also as a member of an enumeration."""
    for word in (kind, Kind(kind)):
        assert russian in TEXTS("ru", "status-preparing", left="1", input=word)
        assert english in TEXTS("en", "status-preparing", left="1", input=word)


@pytest.mark.parametrize(
    ("minutes", "english", "russian"),
    [
        (1, "1 min", "1 мин"),
        (59, "59 min", "59 мин"),
        (60, "1 h", "1 ч"),
        (61, "1 h 1 min", "1 ч 1 мин"),
        (960, "16 h", "16 ч"),
    ],
)
def test_duration_has_no_empty_minutes(minutes: int, english: str, russian: str) -> None:
    """A full hour is an hour."""
    wait = {"hours": minutes // 60, "minutes": minutes % 60}
    assert TEXTS("en", "wait", **wait) == english
    assert TEXTS("ru", "wait", **wait) == russian


@pytest.mark.parametrize(
    ("count", "ending", "english", "russian"),
    [
        (1, 1, "it has ended", "оно закончится"),
        (5, 1, "one of them has ended", "одно из них закончится"),
        (5, 3, "3 of them have ended", "хотя бы 3 из них закончатся"),
    ],
)
def test_user_at_the_limit_learns_how_many_jobs_must_end(
    count: int, ending: int, english: str, russian: str
) -> None:
    """The only one, one of several, or more if the limit was lowered since."""
    key = "refused-until-enough-end"
    assert english in TEXTS("en", key, count=count, ending=ending)
    assert russian in TEXTS("ru", key, count=count, ending=ending)


@pytest.mark.parametrize("language", TEXTS.languages)
def test_image_limits_in_texts_equal_the_code(language: str) -> None:
    """The numbers in the texts come from the code."""
    assert f" {MAX_BYTES // 2**20} " in TEXTS(language, "failure-picture_too_heavy")
    for key in ("failure-picture_too_large", "failure-enlarged_too_large"):
        assert f" {MAX_PIXELS // 1_000_000} " in TEXTS(language, key)


def test_missing_key_raises() -> None:
    """It raises, as does a text without one of its arguments."""
    with pytest.raises(LookupError, match="no-such-key"):
        TEXTS("en", "no-such-key")
    with pytest.raises(LookupError, match="start"):
        TEXTS("en", "start")


def test_unknown_language_gets_russian() -> None:
    """Russian is the default language."""
    assert TEXTS("xx", "cancelled") == TEXTS("ru", "cancelled")


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("ru", "ru"),
        ("uk", "ru"),
        ("be", "ru"),
        ("kk", "ru"),
        ("en-GB", "en"),
        ("de", "en"),
        (None, "ru"),
    ],
)
def test_telegrams_language_selects_ours(code: str | None, language: str) -> None:
    """Russian users get Russian, others English; Russian when Telegram sends no language."""
    assert TEXTS.of_telegram(code) == language


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("en-GB,en;q=0.9,ru;q=0.8", "en"),
        ("fr,RU-ru;q=0.8,en;q=0.7", "ru"),
        ("fr", "ru"),
        ("", "ru"),
        ("*", "ru"),
    ],
)
def test_browsers_language_selects_ours(accepted: str, language: str) -> None:
    """The first of our languages that it names; Russian when it names none."""
    assert TEXTS.of_browser(accepted) == language


def test_each_folder_is_a_language(tmp_path: Path) -> None:
    """Telegram and browsers select a folder by its tag, in any case and with any country."""
    for name in ("ru", "en", "de", "pt-BR"):
        shutil.copytree(LOCALES / "en", tmp_path / name)
    texts = Texts(tmp_path)
    assert texts.languages == ("de", "en", "pt-BR", "ru")
    assert [texts.of_telegram(code) for code in ("de", "de-at", "pt-br", "uk", "fr", None)] == [
        *("de", "de", "pt-BR", "ru", "en", "ru")
    ]
    assert texts.of_browser("fr, de-CH;q=0.9, en;q=0.8") == "de"


@pytest.mark.parametrize("language", TEXTS.languages)
def test_failures_are_called_alike_in_the_chat_and_on_the_dashboard(language: str) -> None:
    """An admin reads the same number in both."""
    t = TEXTS.speaking(language)
    assert t("admin-failures", failures="2").startswith(t("page-failures"))


def test_message_is_parsed_with_what_it_contains(tmp_path: Path) -> None:
    """Only messages that are used are parsed: with their terms, from any file, in any order, and no others."""
    language = tmp_path / "ru"
    language.mkdir()
    (language / "a.ftl").write_text(
        '# A comment.\nouter = { inner }, { -brand(case: "x") }\n    and { $n ->\n'
        "        [one] one\n       *[other] { more.title }\n    }\nbroken = { $\n\nlast = end\n"
    )
    (language / "b.ftl").write_text(
        "more = x\n    .title = { -brand }s\n-brand = Dark\ninner = in\n"
    )
    t = Texts(tmp_path).speaking("ru")
    assert t.plain("outer", n=5) == "in, Dark\nand Darks"
    assert t.plain("last") == "end"
    for missing in ("broken", "none", "A"):
        with pytest.raises(LookupError, match=f"no text '{missing}'"):
            t.plain(missing)


@pytest.mark.parametrize("language", TEXTS.languages)
def test_repeated_text_has_its_own_arguments(language: str) -> None:
    """Formatted texts are kept; what a user wrote is no part of them."""
    t = TEXTS.speaking(language)
    first, second = (t("job-prompt", prompt=f"<{word} & {word}>") for word in ("Apple", "Pear"))
    assert "&lt;Pear &amp; Pear&gt;" in second
    assert second == first.replace("Apple", "Pear")
    assert t("money-whole", dollars=1) != t("money-whole", dollars=2)
    assert t.plain("money", dollars=0.5) == t.plain("money", dollars=0.5)
