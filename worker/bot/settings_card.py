"""The message that asks for a prompt and holds the settings; its buttons edit it in place."""

from dataclasses import dataclass

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup

from infra.fal.models import Value, Work
from infra.fal.prices import estimate
from worker.bot.callbacks import Cancel, Choose, ClearNegativePrompt, Menu, Open
from worker.bot.excerpt import one_line
from worker.bot.job_card import Card
from worker.bot.keyboards import button, marked
from worker.bot.labels import label
from worker.bot.money import money
from worker.bot.offering import MAX_NEGATIVE_PROMPT, Offering
from worker.bot.texts import Phrases
from worker.jobs import Options

Row = list[InlineKeyboardButton]

# More than this many words in a row do not fit a phone.
_WORDS_IN_A_ROW = 2
_SHORT = frozenset({"count", "aspect", "duration"})


@dataclass(frozen=True)
class SettingsCard:
    """One person's settings for one sort of work; `options` are settled ones."""

    say: Phrases
    offering: Offering
    owner: int
    work: Work
    options: Options

    def main(self, *, in_group: bool = False) -> Card:
        """Asks for the prompt; in a group, where people talk to each other, as an answer to this message."""
        text = self.say(f"ask-{self.work}")
        if negative_prompt := self._negative_prompt():
            text += "\n\n" + self.say("ask-without", things=one_line(negative_prompt, 200))
        text += "\n\n" + self.say("ask-estimate", cost=self._estimate())
        if in_group:
            text += "\n\n" + self.say("ask-in-group")
        return self._card(text, [*self._choice_rows(), *self._opening_rows(), [self._cancel()]])

    def styles(self) -> Card:
        rows = _in_rows(self._buttons("style"), _WORDS_IN_A_ROW)
        return self._card(self.say("ask-style"), [*rows, [self._open(Menu.CARD, "button-back")]])

    def negative_prompt(self) -> Card:
        """Asks for what the picture must not show."""
        rows = [[self._open(Menu.CARD, "button-back")]]
        text = self.say("ask-negative-prompt", limit=MAX_NEGATIVE_PROMPT)
        if current := self._negative_prompt():
            text += "\n\n" + self.say("ask-without", things=one_line(current, 200))
            clear = ClearNegativePrompt(owner=self.owner).pack()
            rows.insert(0, [button(self.say.plain("button-clear"), clear)])
        return self._card(text, rows)

    def _choice_rows(self) -> list[Row]:
        return [
            row
            for option, values in self._choices().items()
            if option != "style" and len(values) > 1
            for row in _in_rows(self._buttons(option), 4 if option in _SHORT else _WORDS_IN_A_ROW)
        ]

    def _opening_rows(self) -> list[Row]:
        rows = []
        if "style" in self._choices():
            style = label(self.say, "style", self.options["style"])
            rows.append([self._open(Menu.STYLES, "button-style", style=style)])
        if self.offering.takes_negative_prompt(self.work, self.options):
            key = (
                "button-negative-prompt-set"
                if self._negative_prompt()
                else "button-negative-prompt"
            )
            rows.append([self._open(Menu.NEGATIVE_PROMPT, key)])
        return rows

    def _choices(self) -> dict[str, tuple[Value, ...]]:
        return self.offering.choices(self.work, self.options)

    def _buttons(self, option: str) -> Row:
        return [
            button(
                marked(label(self.say, option, value), current=self.options[option] == value),
                Choose(owner=self.owner, option=option, value=str(value)).pack(),
            )
            for value in self._choices()[option]
        ]

    def _open(self, menu: Menu, key: str, **arguments: str) -> InlineKeyboardButton:
        return button(self.say.plain(key, **arguments), Open(owner=self.owner, menu=menu).pack())

    def _cancel(self) -> InlineKeyboardButton:
        return button(self.say.plain("button-cancel"), Cancel(owner=self.owner).pack())

    def _estimate(self) -> str:
        model = self.offering.model(self.work, self.options)
        return money(self.say, estimate(model, self.options))

    def _negative_prompt(self) -> str:
        return str(self.options.get("negative_prompt", ""))

    @staticmethod
    def _card(text: str, rows: list[Row]) -> Card:
        return Card(text, InlineKeyboardMarkup(inline_keyboard=rows))


def _in_rows(buttons: Row, width: int) -> list[Row]:
    return [buttons[start : start + width] for start in range(0, len(buttons), width)]
