"""Answers to inline queries: the user's own results by Telegram's file ids. Pure."""

from aiogram.types import (
    InlineKeyboardButton,
    InlineQueryResultCachedDocument,
    InlineQueryResultCachedPhoto,
    InlineQueryResultCachedVideo,
    InlineQueryResultsButton,
    SwitchInlineQueryChosenChat,
)

from infra.fal.models.catalogue import model_title
from infra.i18n import Phrases
from infra.telegram.outgoing_media import Shape, shape_of
from worker.bot.truncate import one_line
from worker.model import Job

type Result = (
    InlineQueryResultCachedPhoto | InlineQueryResultCachedVideo | InlineQueryResultCachedDocument
)

#: Seconds. Telegram may answer the same query itself for this time; a deleted result must not stay longer.
CACHE_SECONDS = 5
_TITLE = 60


def inline_result(t: Phrases, job: Job, number: int) -> Result:
    """Return a file of a job, in the form in which Telegram has it. It has no caption: others will read it."""
    file = job.files[number]
    key, title = (
        f"{job.id}-{number}",
        one_line(job.request.prompt, _TITLE) or t.plain("inline-result"),
    )
    shape = shape_of(file) if file.file_id else Shape.DOCUMENT
    if file.file_id and shape is Shape.PHOTO:
        return InlineQueryResultCachedPhoto(id=key, photo_file_id=file.file_id, title=title)
    if file.file_id and shape is Shape.VIDEO:
        return InlineQueryResultCachedVideo(id=key, video_file_id=file.file_id, title=title)
    return InlineQueryResultCachedDocument(
        id=key,
        document_file_id=file.document_id or file.file_id or "",
        title=title,
        description=model_title(job.request.model),
    )


def open_bot_button(t: Phrases, query: str) -> InlineQueryResultsButton:
    """Lead to the private chat from a query without results."""
    key = "inline-nothing-found" if query.strip() else "inline-nothing-yet"
    return InlineQueryResultsButton(text=t.plain(key), start_parameter="inline")


def no_access_button(t: Phrases) -> InlineQueryResultsButton:
    """Lead a user who is not allowed to the private chat, where they can ask for access."""
    return InlineQueryResultsButton(text=t.plain("inline-no-access"), start_parameter="access")


def share_button(t: Phrases, job: Job, picture: int | None = None) -> InlineKeyboardButton:
    """Let the user choose a chat for the results of a job, or for the one that is visible."""
    query = job.id if picture is None else f"{job.id} {picture + 1}"
    chats = SwitchInlineQueryChosenChat(
        query=query, allow_user_chats=True, allow_group_chats=True, allow_channel_chats=True
    )
    return InlineKeyboardButton(text=t.plain("result-share"), switch_inline_query_chosen_chat=chats)


def is_shareable(job: Job) -> bool:
    return any(file.file_id or file.document_id for file in job.files)
