"""Where a conversation stands, per person in a chat; a day of silence ends it.

Its data: what is being made (worker/bot/draft.py) and `card` (the id of the message with the settings); `album` while
one comes in (worker/bot/handlers/albums.py), `preset` while one gets another name.
"""

from datetime import timedelta

from aiogram.fsm.state import State, StatesGroup

LIFETIME = timedelta(days=1)


class Making(StatesGroup):
    """What is awaited: words, a mask, the rest of an album, a press of a button, or nothing at all."""

    prompt = State()
    negative_prompt = State()
    mask = State()
    album = State()
    press = State()
    preset_name = State()
    nothing = State()


class Administering(StatesGroup):
    """Data: `admin_dialog` is the message of the card, `about` the subject of its view."""

    limit = State()
    member = State()
    pause = State()
