"""Original files of a result: Telegram compresses the photos in a chat."""

from aiogram import F, Router
from aiogram.exceptions import TelegramNetworkError
from aiogram.types import CallbackQuery, InputMediaDocument, Message

from infra.errors import NotStored
from infra.storage.store import Storage
from infra.telegram.ephemeral import reply_to_asker
from infra.telegram.outcomes import Unavailable, outcome_of
from infra.telegram.outgoing_media import Shape, shape_of
from worker.bot.callback_data import Action, OnResult
from worker.bot.current_user import CurrentUser
from worker.bot.debounce import Debounce
from worker.bot.filters import OnJob
from worker.bot.services.job_message import JobMessage
from worker.jobs.message_index import MessageIndex, ResultRef
from worker.jobs.store import JobStore
from worker.jobs.telegram_media import as_document
from worker.model import File, Job


def setup() -> Router:
    router = Router(name="originals")
    router.callback_query.middleware(Debounce())
    pressed = OnResult.filter(F.action == Action.ORIGINAL)
    router.callback_query.register(send, pressed, OnJob())
    return router


async def send(  # noqa: PLR0913, PLR0917 - aiogram passes what a handler names
    callback: CallbackQuery,
    job_message: JobMessage,
    current_user: CurrentUser,
    jobs: JobStore,
    files: Storage,
    messages: MessageIndex,
) -> None:
    """Send all files of an album together."""
    wanted = [file for file in job_message.job.files if shape_of(file) is Shape.PHOTO]
    if not wanted:
        await callback.answer(current_user.t.plain("stale"), show_alert=True)
        return
    try:
        for file in wanted:
            if not file.document_id:
                await files.size(file.key)
    except NotStored:
        await callback.answer()
        await _explain(job_message, messages, current_user.t("original-gone"))
        return
    await callback.answer(current_user.t.plain("original-started"))
    try:
        sent = await _send(job_message.message, job_message.job, wanted, current_user, files)
    except NotStored:
        await _explain(job_message, messages, current_user.t("original-gone"))
    except TelegramNetworkError as error:
        outcome = outcome_of(error)
        if isinstance(outcome, Unavailable) and not outcome.ambiguous:
            raise  # nothing was sent
        await _explain(job_message, messages, current_user.t("original-too-slow"))
    else:
        by_key = dict(zip((file.key for file in wanted), sent, strict=True))
        await _remember_sent(jobs, messages, job_message.job, by_key)


async def _explain(job_message: JobMessage, messages: MessageIndex, text: str) -> None:
    shown = await reply_to_asker(job_message.message, text)
    await messages.remember(shown, ResultRef(job_message.job.id))


async def _send(
    message: Message, job: Job, wanted: list[File], current_user: CurrentUser, files: Storage
) -> list[Message]:
    documents = [
        InputMediaDocument(
            media=as_document(file, files),
            caption=current_user.t(
                "original-caption", id=job.id, width=str(file.width), height=str(file.height)
            ),
            disable_content_type_detection=True,
        )
        for file in wanted
    ]
    if len(documents) > 1:
        return await message.reply_media_group(media=[*documents])
    (single,) = documents
    return [
        await message.reply_document(
            document=single.media,
            caption=single.caption,
            disable_content_type_detection=True,
        )
    ]


async def _remember_sent(
    jobs: JobStore, messages: MessageIndex, job: Job, sent: dict[str, Message]
) -> None:
    """Store the file ids, to save the next upload, and the messages, to delete them with the job."""
    ids = {key: message.document.file_id for key, message in sent.items() if message.document}
    files = [
        file.model_copy(update={"document_id": ids.get(file.key, file.document_id)})
        for file in job.files
    ]
    for number, file in enumerate(job.files):
        if message := sent.get(file.key):
            await messages.remember(message, ResultRef(job.id, number))
    job_message = [*job.sent_message_ids, *(message.message_id for message in sent.values())]
    await jobs.update_fields(job.id, files=files, sent_message_ids=job_message)
