"""Pictures and videos that a message contains or replies to."""

import re
from dataclasses import dataclass

from aiogram.enums import ContentType
from aiogram.types import ExternalReplyInfo, Message, MessageOriginUser

from infra.errors import FailureKind
from infra.fal.model import Work
from infra.telegram.files import MAX_BYTES, MAX_LOCAL_BYTES
from worker.bot.blank_text import split_command
from worker.bot.button_rights import job_of_button
from worker.bot.draft import Draft
from worker.bot.small_talk import small_talk
from worker.jobs.message_index import PAGE, MessageIndex, ResultRef
from worker.jobs.store import JobStore
from worker.model import TERMINAL, Job, Picture, is_job_id

# An order checks by the content whether we can read the file.
_SUFFIXES = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp"),
    *(".heic", ".heif", ".avif", ".bmp", ".tif", ".tiff"),
)
_VIDEO_SUFFIXES = (".mp4", ".mov", ".m4v", ".webm", ".mkv", ".avi")
_MOVING = "image/gif"


#: Text keys of the answers to content that is not a picture.
ANSWERS = {
    ContentType.VIDEO: "attachment-clip",
    ContentType.ANIMATION: "attachment-animation",
    ContentType.VOICE: "attachment-voice",
    ContentType.AUDIO: "attachment-voice",
    ContentType.VIDEO_NOTE: "attachment-note",
    ContentType.STICKER: "attachment-sticker",
    ContentType.LOCATION: "attachment-place",
    ContentType.VENUE: "attachment-place",
    ContentType.DOCUMENT: "attachment-document",
    ContentType.CONTACT: "attachment-other",
    ContentType.POLL: "attachment-other",
    ContentType.DICE: "attachment-other",
    ContentType.GAME: "attachment-other",
    ContentType.STORY: "attachment-other",
    ContentType.CHECKLIST: "attachment-other",
    ContentType.PAID_MEDIA: "attachment-other",
    ContentType.INVOICE: "attachment-other",
    ContentType.GIVEAWAY: "attachment-other",
    ContentType.GIVEAWAY_WINNERS: "attachment-other",
    ContentType.RICH_MESSAGE: "attachment-rich",
    ContentType.UNKNOWN: "attachment-other",
}


# In reply to these: what they say is not what the command is about.
_ANSWERED = dict.fromkeys(
    (ContentType.VOICE, ContentType.AUDIO, ContentType.VIDEO_NOTE), "answer-recording"
)


@dataclass(frozen=True)
class Original:
    """Pictures to start from; `source` is the job that made them, if one of ours did, `source_file` the number of its
    file, if it is one.

    If there are several, one of them is meant, and the user has not said which.
    """

    pictures: tuple[Picture, ...]
    source: str | None = None
    source_file: int | None = None

    @property
    def is_video(self) -> bool:
        return any(picture.is_video for picture in self.pictures)

    def draft(self, work: Work, mask: Picture | None = None) -> Draft:
        """Return an order of this work from the pictures; a video can be continued only."""
        return Draft(
            work=Work.EXTEND_VIDEO if self.is_video else work,
            pictures=self.pictures,
            mask=mask,
            source=self.source,
            source_file=self.source_file,
            choosing=len(self.pictures) > 1,
        )


@dataclass(frozen=True)
class NotUsable:
    """Why no order can start from the replied message: the key of the answer, and the job if it is ours.

    `is_final` is False if a text in reply to it is not an order about it.
    """

    key: str
    job: Job | None = None
    is_final: bool = True


def picture_of(message: Message | ExternalReplyInfo) -> Picture | FailureKind | None:
    """Return the largest size of a photo or an image file, or why it cannot be used; None if there is none."""
    live = message.live_photo.photo if message.live_photo else None
    if sizes := message.photo or live:
        largest = max(sizes, key=lambda size: size.width * size.height)
        return Picture(file_id=largest.file_id).sized(largest.width, largest.height)
    document = message.document
    if document is None or document.mime_type == _MOVING:
        return None
    is_image = (document.mime_type or "").startswith("image/")
    if not is_image and not (document.file_name or "").lower().endswith(_SUFFIXES):
        return None
    if (document.file_size or 0) > _max_bytes(message):
        return FailureKind.PICTURE_TOO_HEAVY
    return Picture(file_id=document.file_id)


def video_of(message: Message | ExternalReplyInfo) -> Picture | FailureKind | None:
    """Return a video or a video file, or why it cannot be used; None if there is none."""
    video, document = message.video, message.document
    if message.animation or (video is None and document is None):
        return None
    is_video_file = document is not None and (
        (document.mime_type or "").startswith("video/")
        or (document.file_name or "").lower().endswith(_VIDEO_SUFFIXES)
    )
    if video is None and not is_video_file:
        return None
    file = video or document
    if file is None:
        return None
    if (file.file_size or 0) > _max_bytes(message):
        return FailureKind.VIDEO_TOO_HEAVY
    found = Picture(file_id=file.file_id).lasting(video.duration if video else 0, None)
    return found.sized(video.width, video.height) if video and video.width else found


def _max_bytes(message: Message | ExternalReplyInfo) -> int:
    is_local = message.bot is not None and message.bot.session.api.is_local
    return MAX_LOCAL_BYTES if is_local else MAX_BYTES


_CLIP = "🎬"
_ORDER = re.compile(r"/(?P<result>image|video)(?:@\w+)?", re.IGNORECASE)


def read_caption(caption: str) -> tuple[Work, str] | None:
    """Return the work and the words in a picture's caption; None for a command that is about something else.

    Words of thanks, a greeting and the like say nothing about the picture.
    """
    if caption.startswith(_CLIP):
        return Work.IMAGE_TO_VIDEO, caption.removeprefix(_CLIP).lstrip()
    if not caption.startswith("/"):
        return Work.IMAGE_EDIT, "" if small_talk(caption) else caption
    command, words = split_command(caption)
    order = _ORDER.fullmatch(command)
    if order is None:
        return None
    is_clip = order["result"].lower() == Work.VIDEO
    return Work.IMAGE_TO_VIDEO if is_clip else Work.IMAGE_EDIT, words


def caption_of(message: Message) -> str:
    """Return the user's own caption; the caption of a forwarded result is ours."""
    origin, bot = message.forward_origin, message.bot
    if isinstance(origin, MessageOriginUser) and bot and origin.sender_user.id == bot.id:
        return ""
    return (message.caption or "").strip()


class Originals:
    """Finds what a reply is about."""

    def __init__(self, index: MessageIndex, jobs: JobStore) -> None:
        self._index = index
        self._jobs = jobs

    async def answered(self, message: Message) -> Original | NotUsable | Job | None:
        """Return what the replied message is about, sent by anybody, in this chat or another.

        A job is one without a result. None: no order can start from the message.
        """
        answered = message.reply_to_message or message.external_reply
        if answered is None:
            return None
        if ours := await self._ours(answered):
            return ours
        if answered.animation:
            return NotUsable("attachment-animation")
        match picture_of(answered) or video_of(answered):
            case Picture() as picture:
                return Original((picture,))
            case FailureKind() as flaw:
                return NotUsable(f"failure-{flaw}")
            case None:
                keys = ANSWERS | _ANSWERED
                held = (key for kind, key in keys.items() if getattr(answered, kind, None))
                key = next(held, None)
                return NotUsable(key, is_final=False) if key else None

    async def message_of(self, shown: Message, job: Job, number: int) -> Message:
        """Return the message that shows a result; if it is unknown, the one with the buttons."""
        chat = shown.chat.id
        for message_id in job.sent_message_ids if chat == job.chat_id else ():
            if await self._index.find(chat, message_id) == ResultRef(job.id, number):
                return shown.model_copy(update={"message_id": message_id})
        return shown

    async def _ours(
        self, message: Message | ExternalReplyInfo
    ) -> Original | NotUsable | Job | None:
        """Return our own result: our storage has it in better quality than Telegram."""
        shown = await self._shown(message)
        if shown == PAGE:
            return NotUsable("answer-page")
        job = await self._jobs.get(shown.job_id) if shown else None
        if shown is None or job is None:
            return None
        if not job.files:
            return job if job.status in TERMINAL else NotUsable("answer-unfinished", job)
        number = 0 if len(job.files) == 1 else shown.number
        files = job.files if number is None else job.files[number:][:1]
        return Original(tuple(file.as_start for file in files), job.id, number)

    async def _shown(self, message: Message | ExternalReplyInfo) -> ResultRef | None:
        """Return the index entry of a message; without one, find the job named in a message of ours."""
        if message.chat is None or message.message_id is None:
            return None
        known = await self._index.find(message.chat.id, message.message_id)
        if known or not isinstance(message, Message):
            return known
        # A message sent a moment ago is not in the index yet, one older than a month has left it.
        job = await self._jobs.get(job_id) if (job_id := named_job(message)) else None
        return ResultRef(job.id) if job and job.chat_id == message.chat.id else None


def named_job(message: Message) -> str | None:
    """Return the job id in a message of ours, or in its buttons; text of users is never formatted as code."""
    if not (message.bot and message.from_user and message.from_user.id == message.bot.id):
        return None
    text = message.text or message.caption or ""
    entities = message.entities or message.caption_entities or []
    codes = [entity.extract_from(text) for entity in entities if entity.type == "code"]
    if codes and is_job_id(codes[-1]):
        return codes[-1]
    rows = message.reply_markup.inline_keyboard if message.reply_markup else []
    found = (job_of_button(button.callback_data or "") for row in rows for button in row)
    return next(filter(None, found), None)
