"""The job: what was asked, how far it is, what came of it. `worker/jobs/store.py` keeps it."""

import secrets
import time
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from worker.queues.names import Clock, Queue


class Kind(StrEnum):
    IMAGE = "image"
    VIDEO = "video"

    @property
    def queue(self) -> Queue:
        return Queue.IMAGES if self is Kind.IMAGE else Queue.VIDEOS


class Status(StrEnum):
    CREATED = "created"  # ours alone: nothing was sent to fal
    PREPARING = "preparing"  # the pictures it starts from are on their way to where fal finds them
    SUBMITTING = "submitting"  # the one POST that costs money may be on its way
    UNCONFIRMED = "unconfirmed"  # it was on its way and nobody knows whether it arrived
    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"  # fal is done; the result waits to be fetched
    COLLECTING = "collecting"
    COLLECTED = "collected"  # the result is ours and waits to be sent
    DELIVERING = "delivering"  # Telegram has no idempotency key either: the intent stands first
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


TERMINAL = frozenset({Status.DONE, Status.FAILED, Status.CANCELLED, Status.EXPIRED})
# Nothing takes these up again; a failure may be retried, and after an expiry fal's word is still wanted.
SETTLED = frozenset({Status.DONE, Status.CANCELLED})
ACTIVE = frozenset(Status) - TERMINAL
# fal may have it without our knowing its request id.
ADOPTABLE = frozenset({Status.CREATED, Status.SUBMITTING, Status.UNCONFIRMED})
AT_FAL = frozenset({Status.QUEUED, Status.RUNNING})
# What comes after is a result that is paid for.
CANCELLABLE = ADOPTABLE | AT_FAL | {Status.PREPARING}


class Cancellation(StrEnum):
    """How far a wish to cancel has come, or how it came out; what was unsent or removed costs nothing."""

    REQUESTED = "requested"  # fal runs it and was asked to stop: it may finish all the same
    UNSENT = "unsent"
    REMOVED = "removed"  # from fal's queue, before it ran
    STOPPED = "stopped"  # while it ran
    UNKNOWN = "unknown"  # whether fal has it never became known


class Undelivered(StrEnum):
    """Why a job that is done has not reached its person, as far as we know."""

    REFUSED = "refused"  # Telegram took it in no form
    UNREACHABLE = "unreachable"  # the bot may not write to its person
    UNCONFIRMED = "unconfirmed"  # it was sent, and Telegram never answered


type Options = dict[str, str | int | bool]


class Picture(BaseModel):
    """A picture to start from: a file at Telegram, or a key of our own storage; exactly one of them.

    `pixels` is its width times its height, where that is known: some models are paid by it.
    """

    model_config = ConfigDict(frozen=True)

    file_id: str | None = None
    key: str | None = None
    pixels: int | None = None


class Request(BaseModel):
    """What a person asked for; it never changes.

    `kind` is what comes of it; what is done (from words, an edit, an enlargement, …) the model's row says. `quality` is
    what the model was chosen by. `source` is the job whose result it goes on from. `quoted`: its words stand in the
    message that is answered; `told` names the options that its own line said; `said` is the fingerprint of the whole
    message, by which an edit of it shows; `captions` are those of an album's messages, by their ids.
    """

    model_config = ConfigDict(frozen=True)

    kind: Kind
    # Stored under the name that workers of the version before read.
    user_id: int = Field(
        validation_alias=AliasChoices("person_id", "user_id"), serialization_alias="person_id"
    )
    chat_id: int
    message_id: int
    thread_id: int | None = None
    language: str
    prompt: str
    quoted: bool = False
    said: str = ""
    captions: dict[int, str] = {}
    model: str
    options: Options = {}
    quality: str | None = None
    pictures: tuple[Picture, ...] = ()
    mask: Picture | None = None
    source: str | None = None
    told: tuple[str, ...] = ()

    @property
    def fingerprints(self) -> dict[int, str]:
        """Of every message whose words it was made of, by its id; empty where that is not known."""
        return {self.message_id: self.said} | self.captions

    @property
    def marks_itself(self) -> bool:
        """A transparent place in its own picture says what is to be repainted."""
        mask = self.mask.file_id if self.mask else None
        return mask is not None and mask in {picture.file_id for picture in self.pictures}


class File(BaseModel):
    """A result in our storage. Duration in seconds; size in bytes; `thumbnail` is a key too.

    `file_id` is Telegram's, once it was sent: sending it again uploads nothing. `document_id` is that of every byte of
    it, which is another one for what is compressed in a chat.
    """

    model_config = ConfigDict(frozen=True)

    key: str
    content_type: str
    size: int
    width: int
    height: int
    duration: float | None = None
    thumbnail: str | None = None
    file_id: str | None = None
    document_id: str | None = None

    @property
    def is_picture(self) -> bool:
        return self.content_type.startswith("image/")

    @property
    def as_start(self) -> Picture:
        """The picture as something to go on from."""
        return Picture(key=self.key, pixels=self.width * self.height)


#: Seconds since the epoch, up to the last year that a date can have.
Time = Annotated[float, Field(ge=0, lt=253_402_300_800)]


class StoredFiles(BaseModel):
    """What our storage holds of a job.

    `inputs` are keys: what it starts from, made fit, its mask last; `input_keys` are where these were to be written,
    noted before, so that none of them is ever forgotten.
    """

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    inputs: tuple[str, ...] = ()
    input_keys: tuple[str, ...] = ()
    files: tuple[File, ...] = ()

    @property
    def stored_keys(self) -> set[str]:
        """Every key: of what came of it, and of what it started from."""
        thumbnails = (file.thumbnail for file in self.files if file.thumbnail)
        return {*(file.key for file in self.files), *thumbnails, *self.inputs, *self.input_keys}


class Trouble(BaseModel):
    """What a step waits out until the job's deadline: a FailureKind, since when, and when it is tried again.

    `digest` is that of a wrong file which fal's file server gives in place of the result.
    """

    model_config = ConfigDict(frozen=True)

    kind: str
    since: Time
    again_at: Time | None = None
    digest: str | None = None


#: In the place of a status: the first card of a job was not sent.
UNSENT = "unsent"


class Job(StoredFiles):
    """A job as it stands. Money is US dollars.

    `request_id` is that of the update which asked for it (infra/observability/request_id.py).
    `submitted_at` is when fal took it. `picture_urls` and `mask_url` are where fal finds its inputs, unless they are
    signed anew for each submit. `usual` is how many seconds its model has usually taken; `cost` is the estimate at
    first, and what it came to once it has ended.

    `delivered` counts the files that are dealt with, the first ones, and then an album's buttons; `in_private`: they
    went to its person, because its group takes none.

    `send_without` is what Telegram has refused of its next message (delivery_fallbacks.py).
    `send_attempts` and `card_attempts` are when a message of its result, and its card, were sent without an answer so
    far. `card_missing` is the status in which its card was lost, or `UNSENT`.
    """

    id: str
    request: Request
    status: Status
    created_at: Time
    updated_at: Time
    deadline: Time | None = None
    submitted_at: Time | None = None
    running_since: Time | None = None
    finished_at: Time | None = None
    step: int | None = None
    request_id: str | None = None
    attempts: int = 0
    tries: int = 0
    trouble: Trouble | None = None
    position: int | None = None
    picture_urls: tuple[str, ...] = ()
    mask_url: str | None = None
    usual: float | None = None
    cost: float | None = None
    cancel_requested: bool = False
    cancellation: Cancellation | None = None
    favourite: bool = False
    task: str | None = None
    webhook_token: str | None = None
    result_urls: tuple[str, ...] = ()
    seed: str | None = None
    failure: str | None = None
    detail: str | None = None
    progress_message_id: int | None = None
    shown: str | None = None
    sent_message_ids: tuple[int, ...] = ()
    delivered: int = 0
    in_private: bool = False
    undelivered: Undelivered | None = None
    send_without: tuple[str, ...] = ()
    send_attempts: tuple[Time, ...] = ()
    card_attempts: tuple[Time, ...] = ()
    card_missing: str | None = None
    migrated_chat_id: int | None = None

    @property
    def queue(self) -> Queue:
        return self.request.kind.queue

    @property
    def repeatable(self) -> Request:
        """What was asked for, its pictures where they last: Telegram forgets its files."""
        if not self.inputs:
            return self.request
        pictures = tuple(
            Picture(key=key, pixels=picture.pixels)
            for picture, key in zip(self.request.pictures, self.inputs, strict=False)
        )
        mask = Picture(key=self.inputs[-1]) if self.request.mask else None
        return self.request.model_copy(update={"pictures": pictures, "mask": mask})

    @property
    def thumbnail_key(self) -> str | None:
        """What of its results shows it in small; a clip may have nothing that does."""
        for file in self.files:
            if file.thumbnail or file.content_type.startswith("image/"):
                return file.thumbnail or file.key
        return None

    @property
    def ended_in_doubt(self) -> bool:
        """Whether fal may be at it all the same: a result that comes late is paid for, and wanted."""
        unconfirmed = self.status is Status.FAILED and self.failure == Status.UNCONFIRMED
        return unconfirmed or self.status is Status.EXPIRED

    @property
    def chat_id(self) -> int:
        """Where it is answered: a group that became a supergroup has another id than when it asked."""
        return self.migrated_chat_id or self.request.chat_id

    @property
    def answers_message_id(self) -> int | None:
        """The message that it answers; in the supergroup that number is somebody else's message."""
        return None if self.migrated_chat_id else self.request.message_id


_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no letter looks like a digit
_EPOCH_MS = 1_767_225_600_000  # 2026-01-01, so that eight letters of time last until 2060


def new_job_id(
    clock: Clock = time.time, random_bits: Callable[[int], int] = secrets.randbits
) -> str:
    """Sixteen letters: eight of time, so that ids sort by it, and eight (40 bits) that cannot be guessed."""
    number = (max(0, int(clock() * 1000) - _EPOCH_MS) << 40) | random_bits(40)
    return "".join(_ALPHABET[(number >> shift) & 31] for shift in range(75, -1, -5))


def is_job_id(text: str) -> bool:
    return len(text) == 16 and set(text) <= set(_ALPHABET)
