"""States of a conversation, per user and chat; they expire after a day without a message.

The data: the draft (worker/bot/draft.py), `card` (the id of the message with the settings), `album` while one is
gathered (worker/bot/handlers/albums.py), `preset` while one is renamed.
"""

from datetime import timedelta

from aiogram.fsm.state import State, StatesGroup

LIFETIME = timedelta(days=1)


class Making(StatesGroup):
    """What the bot waits for: a prompt, a mask, a last frame, the rest of an album, a press of a button, or nothing."""

    prompt = State()
    negative_prompt = State()
    mask = State()
    frame = State()
    album = State()
    press = State()
    preset_name = State()
    nothing = State()


class Administering(StatesGroup):
    """Data: `admin_dialog` is the message id of the card, `about` the subject of its view."""

    limit = State()
    member = State()
    pause = State()
