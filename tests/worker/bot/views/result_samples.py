"""Ended jobs and what their keyboards do, for the tests of results."""

from typing import Any

from aiogram.types import InlineKeyboardMarkup

from infra.settings import Settings
from tests.worker.bot.views.test_job_card import NOW, TEXTS, job
from worker.bot.callback_data import Action, OnResult
from worker.bot.options.catalog import OptionCatalog
from worker.bot.views.result_keyboard import more_keyboard, result_keyboard
from worker.model import File, Job, Kind, Request, Status

SAY = TEXTS.speaking("en")
OFFERING = OptionCatalog(Settings(_env_file=None))
SEED = "427063521"


def picture(width: int = 1024, height: int = 1024, size: int = 2_000_000) -> File:
    return File(
        key="images/2026/11/22/0a1b2c3d4e5f6g7h-1.png",
        content_type="image/png",
        size=size,
        width=width,
        height=height,
    )


def done(*files: File, **fields: Any) -> Job:
    return job(status=Status.DONE, files=files or (picture(),), **fields)


def clip() -> Job:
    request = Request(
        kind=Kind.VIDEO,
        user_id=1001,
        chat_id=1001,
        message_id=1,
        language="en",
        prompt="a boat",
        model="fal-ai/veo3.1",
    )
    file = picture().model_copy(update={"content_type": "video/mp4", "duration": 4.0})
    return Job(
        id="0a1b2c3d4e5f6g7h",
        request=request,
        status=Status.DONE,
        created_at=NOW,
        updated_at=NOW,
        files=(file,),
    )


def with_model(model: str, **fields: Any) -> Job:
    shown = done(**fields)
    return shown.model_copy(update={"request": shown.request.model_copy(update={"model": model})})


def actions(keyboard: InlineKeyboardMarkup) -> list[Action]:
    return [data.action for row in parsed(keyboard) for data in row]


def every_action(result: Job) -> list[Action]:
    """Return the actions of both keyboards."""
    keyboards = (make(SAY, OFFERING, result) for make in (result_keyboard, more_keyboard))
    return [action for keyboard in keyboards for action in actions(keyboard)]


def parsed(keyboard: InlineKeyboardMarkup) -> list[list[OnResult]]:
    rows = keyboard.inline_keyboard
    return [[OnResult.unpack(key.callback_data or "") for key in row] for row in rows]
