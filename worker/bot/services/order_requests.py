"""What is ordered: the request of a draft, its place in the chat, and the draft of a former request."""

from typing import Any

from aiogram.types import Message

from infra.fal.model import Work
from infra.fal.models.catalogue import MODELS
from worker.bot.current_user import CurrentUser
from worker.bot.draft import Draft
from worker.bot.mention import fingerprint
from worker.bot.options.catalog import WITH_PICTURE, OptionCatalog
from worker.bot.spoken_message import SpokenMessage
from worker.model import Kind, Request


def draft_of(request: Request, catalog: OptionCatalog) -> Draft:
    """Build a draft of the same order without its words, for the same model while that is in the table."""
    known = MODELS.get(request.model)
    if request.mask and (known is None or Work.INPAINTING in known.works):
        work = Work.INPAINTING
    elif known:
        work = known.work
    elif any(picture.is_video for picture in request.pictures):
        work = Work.EXTEND_VIDEO
    else:
        work = Work.VIDEO if request.kind is Kind.VIDEO else Work.IMAGE
        work = WITH_PICTURE[work] if request.pictures else work
    choice = catalog.leading_to(work, request.model, request.options)
    return Draft(
        work=work,
        pictures=request.pictures,
        mask=request.mask,
        source=request.source,
        source_file=request.source_file,
        options=request.options | (choice or {}),
        model=request.model if known and choice is None else None,
        instead_of="" if known else request.model,
    )


def origin_of(request: Request, cause: str) -> str:
    """Name the trigger of a job: several users of a group may press the same button, and each gets their own job."""
    return f"{request.chat_id}:{request.user_id}:{cause}"


def place_of(current_user: CurrentUser, reply_to: Message, prompt: str) -> dict[str, Any]:
    """Return where to answer a job, and in which language."""
    own = reply_to.from_user and reply_to.from_user.id == current_user.user.id
    is_in_message = bool(own and prompt in (reply_to.text or reply_to.caption or ""))
    spoken = isinstance(reply_to, SpokenMessage)
    return {
        "quoted": is_in_message and not spoken,
        "spoken": is_in_message and spoken,
        "text_fingerprint": fingerprint(reply_to) if own else "",
        "language": current_user.t.language,
        "chat_id": reply_to.chat.id,
        "message_id": reply_to.message_id,
        "thread_id": reply_to.message_thread_id if reply_to.is_topic_message else None,
    }
