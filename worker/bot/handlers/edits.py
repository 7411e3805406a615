"""An edit of words from which a job was made: the job stays as it is, and its person is told so."""

from aiogram import Router
from aiogram.types import Message

from infra.fal.model import Work
from worker.bot.current_user import Visitor
from worker.bot.mention import fingerprint, own_words
from worker.bot.options.catalog import Offering
from worker.bot.options.prompt_parser import read_line
from worker.bot.services.preferences import Preferences
from worker.bot.uploads.pictures import picture_of, read_caption
from worker.jobs.store import JobStore
from worker.model import Request

#: Jobs of a person, the newest first, among which an edited message is looked for.
RECENT = 20


def setup() -> Router:
    router = Router(name="edits")
    router.edited_message.register(explain)
    return router


async def explain(
    message: Message, visitor: Visitor, jobs: JobStore, preferences: Preferences
) -> None:
    """Telegram reports an edit also when the words are as they were, and of any message."""
    page = await jobs.page(person_id=visitor.person.id, limit=RECENT)
    requests = [job.request for job in page.jobs if job.request.chat_id == message.chat.id]
    if message.media_group_id:
        has_new_words = await _has_new_caption(message, requests, preferences.offering)
    else:
        has_new_words = _has_new_words(message, requests)
    if has_new_words:
        await message.reply(visitor.say("edited"))


def _has_new_words(message: Message, requests: list[Request]) -> bool:
    said = [request.said for request in requests if request.message_id == message.message_id]
    return any(said) and fingerprint(message) not in said


async def _has_new_caption(message: Message, requests: list[Request], offering: Offering) -> bool:
    """An album's job answers one of its messages, and its words may have stood under any of them."""
    picture = picture_of(message)
    prompts = [each.prompt for each in requests if picture in each.pictures]
    work, words = read_caption(await own_words(message)) or (Work.IMAGE_EDIT, "")
    caption = read_line(words, offering.option_names(work)).prompt
    return bool(prompts) and not any(caption in prompt for prompt in prompts)
