from aiogram.types import InlineKeyboardMarkup

from tests.worker.bot.views.result_samples import OFFERING, SAY, done
from worker.bot.views.keyboard_merge import beside
from worker.bot.views.keyboards import button
from worker.bot.views.result_keyboard import result_keyboard
from worker.bot.views.result_questions import (
    ask_deletion_keyboard,
)


def test_other_buttons_of_a_message_stay() -> None:
    """A page of /my has its own buttons below those of the result."""
    to_list = [button("← To the list", "my|1001")]
    page = InlineKeyboardMarkup(
        inline_keyboard=[*result_keyboard(SAY, OFFERING, done()).inline_keyboard, to_list]
    )
    asked = beside(page, ask_deletion_keyboard(SAY, done()))
    assert len(asked.inline_keyboard) == 3
    assert asked.inline_keyboard[-1] == to_list
    assert beside(page, None).inline_keyboard == [to_list]
    assert beside(None, None).inline_keyboard == []
