"""aiogram's models but one are built when they are first used. Each test has a fresh interpreter."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

IMPORT = """
from infra.telegram.aiogram_models import import_aiogram
import_aiogram()
import aiogram.methods, aiogram.types
"""


def run(code: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", IMPORT + code],
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.returncode, done.stderr


def test_import_builds_one_model() -> None:
    """A worker starts in half the time, with a hundred megabytes less."""
    run("""
names = [name for name in aiogram.types.__all__ if hasattr(getattr(aiogram.types, name), "model_fields")]
built = [name for name in names if getattr(aiogram.types, name).__pydantic_complete__ and name != "TelegramObject"]
assert len(names) > 300, len(names)
assert built == ["Message"], built
""")


def test_models_share_the_validator_of_a_message() -> None:
    """Otherwise each model that contains messages takes 0.1 s and 3 MB at its first use."""
    run("""
import time
from aiogram.methods import Response

def seconds(build):
    begun = time.process_time()
    build()
    return time.process_time() - begun

shared = seconds(lambda: Response[aiogram.types.Message].model_rebuild(force=True))
whole = seconds(lambda: aiogram.types.Message.model_rebuild(force=True))
assert shared < whole / 3, (shared, whole)
""")


def test_every_model_can_be_built() -> None:
    """No name of a type is missing: neither those of updates nor those of methods."""
    run("""
from pydantic import BaseModel
for module in (aiogram.types, aiogram.methods):
    for name in module.__all__:
        model = getattr(module, name)
        if isinstance(model, type) and issubclass(model, BaseModel):
            model.model_rebuild()
            assert model.__pydantic_complete__, name
""")


def test_updates_and_methods_are_built_on_first_use() -> None:
    """Parsing an update, writing a call, and parsing its answer need no other step."""
    run("""
from aiogram.methods import EditMessageMedia, Response
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup, InputMediaPhoto, Message, Update
message = {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}, "text": "hi"}
assert Update.model_validate({"update_id": 1, "message": message}).message.text == "hi"
keyboard = InlineKeyboardMarkup(inline_keyboard=[[InlineKeyboardButton(text="a", callback_data="b")]])
call = EditMessageMedia(chat_id=1, message_id=2, media=InputMediaPhoto(media="x"), reply_markup=keyboard)
assert call.model_dump(exclude_none=True)["media"]["media"] == "x"
assert Response[Message].model_validate({"ok": True, "result": message}).result.message_id == 1
""")


def test_second_call_does_nothing() -> None:
    """So does a call after aiogram was imported without it."""
    run("""
import_aiogram()
import pydantic
assert "skip" not in repr(pydantic.BaseModel.model_rebuild)
""")
