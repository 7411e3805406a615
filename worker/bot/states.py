"""Where a conversation stands, per person in a chat; a day of silence ends it.

Its data: what is being made (worker/bot/open_card.py, `Draft`) and `card` (the id of the message with the settings).
"""

from datetime import timedelta

from aiogram.fsm.state import State, StatesGroup

LIFETIME = timedelta(days=1)


class Making(StatesGroup):
    prompt = State()
    negative_prompt = State()
