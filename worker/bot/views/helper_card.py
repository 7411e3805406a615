"""Answers of the prompt helper: versions of a prompt, a description, and a check of the text on an image. Pure."""

import html
from collections.abc import Iterable, Sequence

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup, Message

from infra.fal.model import Work
from infra.i18n import Phrases
from infra.money import money
from worker.bot.callback_data import EditVersions, MakeDescribed, Menu, OnResult, Open, TakeVersion
from worker.bot.truncate import ELLIPSIS, shown_length
from worker.bot.views.card import Card
from worker.bot.views.keyboards import Row, button, copy_button
from worker.bot.views.money_format import priced
from worker.prompt_helper.questions import Reply
from worker.prompt_helper.text_check import Checked

_LEAST_SHOWN = 0.0005
# Characters of the differences; a message has 4096.
_MOST_SHOWN = 3000


def versions_card(t: Phrases, owner: int, reply: Reply[tuple[str, ...]]) -> Card:
    """Show the versions with a button for each."""
    versions = reply.value
    text = _lines(
        t("improve-versions"), [f"<blockquote>{_escaped(one)}</blockquote>" for one in versions]
    )
    numbers = [
        button(str(number + 1), TakeVersion(owner=owner, version=number).pack())
        for number in range(len(versions))
    ]
    edit = button(t.plain("improve-edit"), EditVersions(owner=owner).pack())
    return _card([text, cost_text(t, reply.cost)], [numbers, [edit, _own_words(t, owner)]])


def versions_to_edit(t: Phrases, owner: int, versions: Sequence[str], *, in_group: bool) -> Card:
    """Show the versions as texts that a tap copies; the next message, in a group a reply, is the prompt."""
    text = _lines(t("improve-to-edit"), [f"<code>{_escaped(one)}</code>" for one in versions])
    hint = t("ask-other-in-group") if in_group else ""
    return _card([text, hint], [[_own_words(t, owner)]])


def quoted_in(message: Message, kind: str) -> list[str]:
    """Return the texts of a card that are formatted as `kind`: a card keeps nothing else of what it shows."""
    return [
        entity.extract_from(message.text or "")
        for entity in message.entities or []
        if entity.type == kind
    ]


def description_card(
    t: Phrases, owner: int, reply: Reply[str], price: float, *, on_card: bool
) -> Card:
    """Show a description; a press makes an image by it, for `price` dollars."""
    words = reply.value
    make = priced(t, t.plain("describe-make"), price)
    rows = [[button(make, MakeDescribed(owner=owner).pack())]]
    if copy := copy_button(t.plain("describe-copy"), words):
        rows.append(copy)
    if on_card:
        rows.append([button(t.plain("button-back"), Open(owner=owner, menu=Menu.CARD).pack())])
    text = t("describe-found", description=words)
    return _card([text, cost_text(t, reply.cost)], rows)


def check_card(
    t: Phrases, reply: Reply[tuple[Checked, ...]], repair: tuple[Work, float] | None, data: OnResult
) -> Card:
    """Say whether the image shows what was asked for.

    `repair` is a work and its price in dollars; the button with `data` orders it.
    """
    checked = reply.value
    wrong, rows = [one for one in checked if not one.is_right], []
    if not checked:
        found = [t("check-nothing-asked")]
    elif not wrong:
        asked = ", ".join(t.plain("check-quoted", text=one.asked) for one in checked)
        found = [t("check-right", asked=asked)]
    else:
        found = _within_a_message([_difference(t, one) for one in wrong])
    if any(one.parts for one in wrong):
        found.append(t("check-marks"))
    if repair:
        work, price = repair
        key = "check-repair-spot" if work is Work.INPAINTING else "check-repair"
        rows.append([button(priced(t, t.plain(key), price), data.pack())])
    return _card([*found, cost_text(t, reply.cost)], rows)


def cost_text(t: Phrases, cost: float) -> str:
    """Say as HTML what an answer cost; nothing if it was paid for before."""
    if not cost:
        return ""
    return t("helper-cost", cost=money(t, cost)) if cost >= _LEAST_SHOWN else t("helper-cost-tiny")


def noted(note: str, card: Card) -> Card:
    """Put a note above a card."""
    return Card(f"{note}\n\n{card.text}", card.keyboard)


def _difference(t: Phrases, checked: Checked) -> str:
    if not checked.parts:
        return t("check-missing", asked=checked.asked)
    asked = _marked(t, [(part.asked, part.is_same) for part in checked.parts])
    read = _marked(t, [(part.read, part.is_same) for part in checked.parts])
    return f"{t('check-wrong')} {asked}\n{t('check-read')} {read}"


def _within_a_message(paragraphs: Sequence[str]) -> list[str]:
    """Return the first paragraphs, as many as a message has room for."""
    total = 0
    for number, paragraph in enumerate(paragraphs):
        total += shown_length(paragraph)
        if total > _MOST_SHOWN:
            return [*paragraphs[:number], ELLIPSIS]
    return [*paragraphs]


def _marked(t: Phrases, parts: Iterable[tuple[str, bool]]) -> str:
    """Return quoted HTML in which what differs is underlined."""
    escaped = ((_escaped(text), is_same) for text, is_same in parts)
    marked = (text if is_same or not text else f"<b><u>{text}</u></b>" for text, is_same in escaped)
    # t() would escape the marks.
    return t.plain("check-quoted", text="".join(marked))


def _own_words(t: Phrases, owner: int) -> InlineKeyboardButton:
    return button(t.plain("improve-keep"), TakeVersion(owner=owner).pack())


def _lines(first: str, texts: Sequence[str]) -> str:
    numbered = (f"<b>{number}.</b> {text}" for number, text in enumerate(texts, 1))
    return "\n".join([first, *numbered])


def _escaped(text: str) -> str:
    return html.escape(text, quote=False)


def _card(paragraphs: Sequence[str], rows: list[Row]) -> Card:
    text = "\n\n".join(filter(None, paragraphs))
    return Card(text, InlineKeyboardMarkup(inline_keyboard=rows))
