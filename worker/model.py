"""The job: its request, its status and its result. `worker/jobs/store.py` stores it."""

import secrets
import time
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from infra.fal.stored_data import StoredData
from infra.images.box import Box
from worker.queues.names import Clock, Queue, Task


class Kind(StrEnum):
    IMAGE = "image"
    VIDEO = "video"

    @property
    def queue(self) -> Queue:
        return Queue.IMAGES if self is Kind.IMAGE else Queue.VIDEOS


class Status(StrEnum):
    CREATED = "created"  # nothing was sent to fal
    PREPARING = "preparing"  # its input images are fetched, checked and uploaded
    PREPARED = "prepared"  # they are available to fal, to which nothing was sent
    SUBMITTING = "submitting"  # the one POST that costs money may have been sent
    UNCONFIRMED = "unconfirmed"  # it was sent, and it is unknown whether it arrived
    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"  # fal is done; the result is not downloaded yet
    COLLECTING = "collecting"
    COLLECTED = "collected"  # the result is stored and not sent yet
    DELIVERING = "delivering"  # stored before the send: Telegram has no idempotency key
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


TERMINAL = frozenset({Status.DONE, Status.FAILED, Status.CANCELLED, Status.EXPIRED})
# Never resumed. A failed job may be retried, and an expired one still accepts a late result.
SETTLED = frozenset({Status.DONE, Status.CANCELLED})
ACTIVE = frozenset(Status) - TERMINAL
# The next step has not begun: the job waits for a slot or for its next try.
WAITING = frozenset({Status.CREATED, Status.PREPARED})
# Nothing was sent to fal.
UNPOSTED = WAITING | {Status.PREPARING}
# fal may have the job although its request id is unknown here.
ADOPTABLE = WAITING | {Status.SUBMITTING, Status.UNCONFIRMED}
AT_FAL = frozenset({Status.QUEUED, Status.RUNNING})
# In later statuses the result is paid for.
CANCELLABLE = UNPOSTED | ADOPTABLE | AT_FAL


class Cancellation(StrEnum):
    """Progress or outcome of a cancellation request; unsent and removed jobs cost nothing."""

    REQUESTED = "requested"  # fal runs it and was asked to stop: it may still finish
    UNSENT = "unsent"
    REMOVED = "removed"  # from fal's queue, before it ran
    STOPPED = "stopped"  # while it ran
    UNKNOWN = "unknown"  # it never became known whether fal has the job


class Undelivered(StrEnum):
    """Why the result of a job that is done may not have reached the user."""

    REFUSED = "refused"  # Telegram refused it in every form
    UNREACHABLE = "unreachable"  # the bot may not write to the user
    UNCONFIRMED = "unconfirmed"  # it was sent, and Telegram never answered


type Options = dict[str, str | int | bool]


class Picture(BaseModel):
    """An input image or video: a Telegram file, a key of our storage, or `boxes`, a mask that is not drawn yet.

    `pixels` is width times height, `shorter` the shorter side and `width` the width, if known: some models charge by
    the first, limit the second, or need the shape. `seconds` is None for an image, and 0 for a video whose length is
    not known; `frames` is how many it has.
    """

    model_config = ConfigDict(frozen=True)

    file_id: str | None = None
    key: str | None = None
    pixels: int | None = None
    shorter: int | None = None
    width: int | None = None
    seconds: float | None = None
    frames: int | None = None
    boxes: tuple[Box, ...] = ()

    @property
    def is_video(self) -> bool:
        return self.seconds is not None

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height, if known."""
        return (self.width, self.pixels // self.width) if self.width and self.pixels else None

    def sized(self, width: int, height: int) -> Self:
        size = {"pixels": width * height, "shorter": min(width, height), "width": width}
        return self.model_copy(update=size)

    def lasting(self, seconds: float, frames: int | None) -> Self:
        return self.model_copy(update={"seconds": seconds, "frames": frames})

    def stored_as(self, key: str) -> Self:
        """The same input from our storage: Telegram's files expire."""
        return self.model_copy(update={"file_id": None, "key": key, "boxes": ()})


#: In place of a model: the job crops a stored result itself, at no cost.
CROP = "crop"


class SetPurpose(StrEnum):
    """Why several jobs were ordered together."""

    FORMATS = "formats"  # one idea in several shapes
    COMPARE = "compare"  # one prompt on several models


#: Results of a comparison are shown by these.
LETTERS = "ABCD"


class SetPlace(BaseModel):
    """The place of a job, counted from 0, in a set of jobs that one press has ordered (worker/jobs/job_set.py).

    `id` is that of the first job.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    place: int
    size: int
    purpose: SetPurpose


class Request(BaseModel):
    """What a user asked for; immutable.

    `kind` is the kind of the result; the model determines the work (from text, edit, upscale, …). `quality` is the
    option that selected the model in jobs of earlier releases. `source` is the job whose result is the input,
    `source_file` the number of that result, from 0, if it is one; `ancestors` are the jobs that led to it, oldest
    first, the source last: the first and the nearest ones. `quoted`: the prompt is in the message that was replied
    to; `spoken`: that is a recording, so the card shows the prompt. `given_options` names the options that the user
    set in the text. `text_fingerprint` detects edits of the message; `captions` are the fingerprints of an album by
    message id. `undoable`: the bot chose what to do with the words, so the user may take the order back while it is
    not sent.
    `translate`: the model cannot read the words, so they are translated first; `as_written`: the user wants them as
    they are.
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
    spoken: bool = False
    text_fingerprint: str = Field(
        "", validation_alias=AliasChoices("said", "text_fingerprint"), serialization_alias="said"
    )
    captions: dict[int, str] = {}
    model: str
    options: Options = {}
    quality: str | None = None
    pictures: tuple[Picture, ...] = ()
    mask: Picture | None = None
    source: str | None = None
    source_file: int | None = None
    ancestors: tuple[str, ...] = ()
    given_options: tuple[str, ...] = Field(
        (), validation_alias=AliasChoices("told", "given_options"), serialization_alias="told"
    )
    job_set: SetPlace | None = None
    undoable: bool = False
    translate: bool = False
    as_written: bool = False

    @property
    def input_kind(self) -> Kind:
        """What the order starts from, if it starts from a file."""
        return Kind.VIDEO if any(each.is_video for each in self.pictures) else Kind.IMAGE

    @property
    def line(self) -> tuple[str, ...]:
        """The jobs that led to this one, oldest first; jobs of earlier releases know only the last one."""
        return self.ancestors or ((self.source,) if self.source else ())

    @property
    def fingerprints(self) -> dict[int, str]:
        """Fingerprints of the messages that contain the prompt, by message id; empty if unknown."""
        return {self.message_id: self.text_fingerprint} | self.captions

    @property
    def marks_itself(self) -> bool:
        """Whether the image is its own mask: its transparent area is repainted."""
        mask = self.mask.file_id if self.mask else None
        return mask is not None and mask in {picture.file_id for picture in self.pictures}


class Translation(BaseModel):
    """What the model gets in place of the user's words; None where they stay as they are."""

    model_config = ConfigDict(frozen=True)

    prompt: str | None = None
    negative_prompt: str | None = None


#: Extension of a thumbnail's storage key.
THUMBNAIL = "thumb.jpeg"


class File(BaseModel):
    """A stored result. Duration in seconds, size in bytes; `frames` is a video's.

    `thumbnail` is the key of one that was stored with the result.

    A `transparent` image is sent as a document: Telegram's photos have no transparency.

    `file_id` is Telegram's id after the first send: a send by id needs no upload. `document_id` is the id of the
    uncompressed file; it differs where Telegram compresses.
    """

    model_config = ConfigDict(frozen=True)

    key: str
    content_type: str
    size: int
    width: int
    height: int
    duration: float | None = None
    frames: int | None = None
    transparent: bool = False
    thumbnail: str | None = None
    file_id: str | None = None
    document_id: str | None = None

    @property
    def is_picture(self) -> bool:
        return self.content_type.startswith("image/")

    @property
    def thumbnail_key(self) -> str | None:
        """Storage key of the thumbnail. If none is stored with an image, the first who looks makes it."""
        if self.thumbnail or not self.is_picture:
            return self.thumbnail
        return f"{self.key.rpartition('.')[0]}.{THUMBNAIL}"

    @property
    def as_start(self) -> Picture:
        """The result as an input."""
        start = Picture(key=self.key).sized(self.width, self.height)
        return start if self.is_picture else start.lasting(self.duration or 0, self.frames)


#: Seconds since the epoch, up to the last year that a date can have.
Time = Annotated[float, Field(ge=0, lt=253_402_300_800)]


class StoredFiles(BaseModel):
    """Storage keys and files of a job.

    `inputs` are the keys of the normalized input images, the mask last. `input_keys` are the same keys, recorded
    before the files are written, so that no file is left behind.
    """

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    inputs: tuple[str, ...] = ()
    input_keys: tuple[str, ...] = ()
    files: tuple[File, ...] = ()

    @property
    def stored_keys(self) -> list[str]:
        """Every key of results, inputs and thumbnails. They are deleted in this order (infra/storage/thumbnails.py)."""
        results = (file.key for file in self.files)
        thumbnails = (file.thumbnail_key for file in self.files if file.thumbnail_key)
        return [*dict.fromkeys((*results, *self.inputs, *self.input_keys, *thumbnails))]


class Problem(BaseModel):
    """A problem that a step waits out until the job's deadline: a FailureKind, its start, and the next try.

    `digest` is that of a wrong file that fal's file server returned in place of the result.
    """

    model_config = ConfigDict(frozen=True)

    kind: str
    since: Time
    again_at: Time | None = None
    digest: str | None = None


class Kept(BaseModel):
    """Why a refused order waits (a `worker.limits.limits.Reason`), since when, and the shown price in dollars."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    reason: str
    since: Time
    price: float = 0


class Overrun(BaseModel):
    """The budget that had no room for a measured job: its limit, and what had been spent of it, in dollars."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    budget: str
    spent: float
    allowed: float


#: The failure of a kept order that the limits have not accepted in time.
WAITED_TOO_LONG = "waited_too_long"
#: `card_missing` when the first card of a job was not sent.
UNSENT = "unsent"


class Job(StoredFiles):
    """A job. Money is US dollars.

    `request_id` is that of the update that ordered it (infra/observability/request_id.py).
    `input_digest` identifies what was posted to fal at `posted_at`; `inquiries` counts the later questions to fal
    (worker/jobs/inquiries.py). `submitted_at` is when fal accepted it, and `stored_at` when its result was stored;
    `finished_at` is later: the result is sent. `picture_urls` and `mask_url` are where fal downloads its inputs, unless
    URLs are signed for each submit. `usual` is how many seconds its model usually takes.
    `cost` is the estimate, and after the end the actual cost: fal's bill if `units` (fal's billable units) is known.
    `fal_keeps` is how long fal stores what it gets of the job.

    `delivered` counts the files, in order, that were sent or given up, and then an album's buttons. `in_private`: they
    went to the user's private chat, because the group refused them.

    `kept`: the order was refused and waits until it is accepted (worker/limits/kept_orders.lua). `created_at` is when
    such an order has started, and `kept_at` when its user ordered it.

    `seconds` is how long fal took for the result. `revealed`: the models of its comparison may be shown.

    `taken_back`: it was cancelled before it was sent, and its card now asks what to do with its words.
    `translation` is None until it was tried, or if there is nothing to translate.

    `send_without` lists what Telegram has refused in the next message (delivery_fallbacks.py).
    `send_attempts`, `edit_attempts` and `card_attempts` are the times of unanswered sends of a result message, edits of
    the card into the result, and sends of the card.
    `card_missing` is the status in which the card was lost, or `UNSENT`.
    `reacted`: a reaction on the order's message replaces the card while the job is as quick as expected.
    """

    id: str
    request: Request
    status: Status
    created_at: Time
    updated_at: Time
    deadline: Time | None = None
    input_digest: str | None = None
    posted_at: Time | None = None
    inquiries: int = 0
    submitted_at: Time | None = None
    running_since: Time | None = None
    stored_at: Time | None = None
    finished_at: Time | None = None
    step: int | None = None
    request_id: str | None = None
    attempts: int = 0
    tries: int = 0
    problem: Problem | None = Field(
        None, validation_alias=AliasChoices("trouble", "problem"), serialization_alias="trouble"
    )
    position: int | None = None
    picture_urls: tuple[str, ...] = ()
    mask_url: str | None = None
    usual: float | None = None
    cost: float | None = None
    units: float | None = None
    fal_keeps: StoredData | None = None
    cancel_requested: bool = False
    cancellation: Cancellation | None = None
    taken_back: bool = False
    favourite: bool = False
    task: str | None = None
    webhook_token: str | None = None
    result_urls: tuple[str, ...] = ()
    seed: str | None = None
    failure: str | None = None
    detail: str | None = None
    overrun: Overrun | None = None
    kept: Kept | None = None
    kept_at: Time | None = None
    progress_message_id: int | None = None
    shown: str | None = None
    sent_message_ids: tuple[int, ...] = ()
    delivered: int = 0
    in_private: bool = False
    undelivered: Undelivered | None = None
    send_without: tuple[str, ...] = ()
    send_attempts: tuple[Time, ...] = ()
    edit_attempts: tuple[Time, ...] = ()
    card_attempts: tuple[Time, ...] = ()
    card_missing: str | None = None
    reacted: bool = False
    seconds: float | None = None
    revealed: bool = False
    migrated_chat_id: int | None = None
    translation: Translation | None = None

    @property
    def queue(self) -> Queue:
        return self.request.kind.queue

    @property
    def next_task(self) -> Task:
        """The first step of a job that waits, or that begins with a result."""
        if self.status is Status.COMPLETED:
            return Task.COLLECT
        unprepared = self.status is Status.CREATED and self.request.pictures
        return Task.PREPARE if unprepared else Task.SUBMIT

    @property
    def was_translated(self) -> bool:
        """Whether the model got other words than the user wrote."""
        found = self.translation
        return found is not None and bool(found.prompt or found.negative_prompt)

    @property
    def sent_request(self) -> Request:
        """The request with the words as the model gets them."""
        if self.translation is None:
            return self.request
        options, negative_prompt = self.request.options, self.translation.negative_prompt
        if negative_prompt:
            options = options | {"negative_prompt": negative_prompt}
        prompt = self.translation.prompt or self.request.prompt
        return self.request.model_copy(update={"prompt": prompt, "options": options})

    @property
    def repeatable(self) -> Request:
        """The request with inputs from our storage, because Telegram's files expire."""
        if not self.inputs:
            return self.request
        pictures = tuple(
            picture.stored_as(key)
            for picture, key in zip(self.request.pictures, self.inputs, strict=False)
        )
        mask = Picture(key=self.inputs[-1]) if self.request.mask else None
        return self.request.model_copy(update={"pictures": pictures, "mask": mask})

    @property
    def shown_file(self) -> File | None:
        """The first file that has a thumbnail."""
        return next((file for file in self.files if file.thumbnail_key), None)

    @property
    def is_card_result(self) -> bool:
        """Whether the card has become the result."""
        return self.progress_message_id in self.sent_message_ids

    @property
    def ordered_at(self) -> float:
        """When the user ordered it: a kept order may have waited since."""
        return self.kept_at or self.created_at

    @property
    def set_id(self) -> str:
        """The id of the set that the job was ordered in, which is that of the first job."""
        return self.request.job_set.id if self.request.job_set else self.id

    @property
    def letter(self) -> str:
        """The letter of a job in a comparison."""
        return LETTERS[self.request.job_set.place] if self.request.job_set else ""

    @property
    def is_blind(self) -> bool:
        """Whether nothing may hint at the model yet: the job is part of a comparison before the vote."""
        where = self.request.job_set
        return where is not None and where.purpose is SetPurpose.COMPARE and not self.revealed

    @property
    def ended_in_doubt(self) -> bool:
        """Whether fal may still finish it: a late result is paid for, so it is accepted."""
        unconfirmed = self.status is Status.FAILED and self.failure == Status.UNCONFIRMED
        return unconfirmed or self.status is Status.EXPIRED

    def is_overdue(self, now: float) -> bool:
        """Whether the deadline has passed."""
        return self.deadline is not None and now >= self.deadline

    def waits_out(self, kind: str, now: float, digest: str | None = None) -> Problem:
        """Return the problem that the job waits out now; a repeated one keeps its start."""
        before = self.problem
        if before and (before.kind, before.digest) == (kind, digest):
            return before
        return Problem(kind=kind, since=now, digest=digest)

    @property
    def chat_id(self) -> int:
        """The chat to answer in; its id changes when a group becomes a supergroup."""
        return self.migrated_chat_id or self.request.chat_id

    @property
    def answers_message_id(self) -> int | None:
        """The message to reply to; None in a supergroup, where the id belongs to another message."""
        return None if self.migrated_chat_id else self.request.message_id


_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no letter looks like a digit
_EPOCH_MS = 1_767_225_600_000  # 2026-01-01, so that eight letters of time last until 2060


def new_job_id(
    clock: Clock = time.time, random_bits: Callable[[int], int] = secrets.randbits
) -> str:
    """Make an id of sixteen letters: eight of time, so that ids sort by it, and eight (40 bits) of randomness."""
    number = (max(0, int(clock() * 1000) - _EPOCH_MS) << 40) | random_bits(40)
    return "".join(_ALPHABET[(number >> shift) & 31] for shift in range(75, -1, -5))


def is_job_id(text: str) -> bool:
    return len(text) == 16 and set(text) <= set(_ALPHABET)
