"""People's jobs: from words to a job that is answered at once with its id, and who may see it."""

from collections.abc import Collection
from typing import Any

from aiogram.types import Message, ReplyParameters
from loguru import logger

from infra.fal.model import Model, Work
from infra.fal.models_map import MODELS
from infra.i18n import Texts
from infra.telegram.outcomes import Away, TelegramOutcome, outcomes
from worker.bot.current_user import Visitor
from worker.bot.draft import Draft
from worker.bot.mention import fingerprint
from worker.bot.options.catalog import WITH_PICTURE, Offering
from worker.bot.services.admin_contacts import Contacts
from worker.bot.services.job_message import ShownJob
from worker.bot.services.limit_messages import Refusals
from worker.bot.services.preferences import Preferences
from worker.bot.views.card import Card
from worker.bot.views.job_card import progress_card, status_card
from worker.bot.views.money_format import repeated
from worker.jobs.message_index import MessageIndex, Shown
from worker.jobs.store import JobStore
from worker.limits.limits import OrderRefused
from worker.model import TERMINAL, UNSENT, Job, Kind, Options, Request, is_job_id

_RESULTS = {Work.VIDEO: Kind.VIDEO, Work.IMAGE_TO_VIDEO: Kind.VIDEO}


def draft_of(request: Request, offering: Offering) -> Draft:
    """The same order again, before its words: the same settings for the same model, while that is in the table."""
    work, known = _work_of(request), request.model in MODELS
    choice = offering.leading_to(work, request.model, request.options)
    return Draft(
        work=work,
        pictures=request.pictures,
        mask=request.mask,
        source=request.source,
        options=request.options | (choice or {}),
        model=request.model if known and choice is None else None,
    )


def _work_of(request: Request) -> Work:
    """By the request itself where its model has left the table."""
    if known := MODELS.get(request.model):
        return known.work
    if request.mask:
        return Work.INPAINTING
    work = Work.VIDEO if request.kind is Kind.VIDEO else Work.IMAGE
    return WITH_PICTURE[work] if request.pictures else work


class Orders:
    """`cause` names what asked for the job within its chat: for one person, the same cause gives the same job.

    What is expected to cost more than `confirm_above` dollars shows its price first.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what an order needs, each by its name
        self,
        jobs: JobStore,
        texts: Texts,
        preferences: Preferences,
        refusals: Refusals,
        contacts: Contacts,
        messages: MessageIndex,
        *,
        confirm_above: float,
    ) -> None:
        self._confirm_above = confirm_above
        self._jobs = jobs
        self._refusals = refusals
        self._texts = texts
        self._preferences = preferences
        self._clock = jobs.clock
        self._contacts = contacts
        self._messages = messages

    async def find(self, visitor: Visitor, job_id: str) -> Job | None:
        """The job if this person may see it: its author and admins may."""
        job = await self._get(job_id.strip().lower())
        return job if job and (_is_author(visitor, job) or self.is_admin(visitor)) else None

    async def find_own(self, visitor: Visitor, job_id: str) -> Job | None:
        """The job if this person asked for it: a button's data can be forged, the job's author cannot."""
        job = await self._get(job_id)
        return job if job and _is_author(visitor, job) else None

    async def explain_missing(self, visitor: Visitor, job_id: str) -> str:
        """Why `find` found nothing, as HTML."""
        wanted, person_id = job_id.strip().lower(), visitor.person.id
        if is_job_id(wanted) and await self._jobs.get_damaged(wanted, person_id):
            key = "status-damaged-admin" if self.is_admin(visitor) else "status-damaged"
            return visitor.say(key, id=wanted)
        return visitor.say("status-unknown")

    async def latest(self, visitor: Visitor) -> Job | None:
        page = await self._jobs.page(person_id=visitor.person.id, limit=1)
        while page.damaged and page.cursor:
            page = await self._jobs.page(person_id=visitor.person.id, cursor=page.cursor, limit=1)
        return page.jobs[0] if page.jobs else None

    async def card(self, visitor: Visitor, job: Job) -> Card:
        """The job as the visitor reads it: in their language, far from the words that it was asked with."""
        reading = {"language": visitor.say.language, "quoted": False}
        request = job.request.model_copy(update=reading)
        shown = job.model_copy(update={"request": request})
        advice = await self._contacts.for_failure(visitor.say, job, visitor.person.id)
        card = status_card(self._texts, shown, self._clock(), advice)
        # Whatever is paid for, its author asks for.
        return card if _is_author(visitor, job) else Card(card.text)

    async def place(
        self,
        visitor: Visitor,
        draft: Draft,
        anchor: Message,
        cause: str,
        told: Collection[str] = (),
    ) -> Job | None:
        """Start a job and answer `anchor`; None, said to the person, when a limit is reached.

        `told` are the options that the person's own line said.
        """
        chosen, options = self._choose(visitor, draft)
        request = Request(
            kind=_RESULTS.get(draft.work, Kind.IMAGE),
            person_id=visitor.person.id,
            prompt=draft.words,
            model=chosen.endpoint,
            options={name: value for name, value in options.items() if name != "quality"},
            quality=options.get("quality"),
            pictures=draft.pictures,
            mask=draft.mask,
            source=draft.source,
            told=tuple(told),
            captions=draft.captions,
            **_place(visitor, anchor, draft.words),
        )
        return await self._start(visitor, request, anchor, cause)

    def asks_first(self, draft: Draft, cost: float) -> bool:
        """Whether an order costs more than the person was shown, and is not little."""
        return cost > draft.price and self.may_surprise(cost)

    def may_surprise(self, cost: float) -> bool:
        """Whether so many dollars are spent only for a price that was shown."""
        return cost > self._confirm_above

    async def repeat(
        self, visitor: Visitor, shown: ShownJob, options: Options, cause: str
    ) -> Job | None:
        """The same once more with these options, as a job of its own."""
        place = _place(visitor, shown.anchor, shown.job.request.prompt)
        request = shown.job.repeatable.model_copy(update=place | {"options": options})
        return await self._start(visitor, request, shown.anchor, cause)

    def _choose(self, visitor: Visitor, draft: Draft) -> tuple[Model, Options]:
        options = self._preferences.settled(visitor.person, draft)
        return self._preferences.offering.model(draft.work, options, draft.own_model), options

    async def _get(self, job_id: str) -> Job | None:
        return await self._jobs.get(job_id) if is_job_id(job_id) else None

    async def _start(
        self, visitor: Visitor, request: Request, anchor: Message, cause: str
    ) -> Job | None:
        # In a group everybody can press, and nobody's press may stand for somebody else's.
        origin = f"{request.chat_id}:{request.person_id}:{cause}"
        cost = repeated(request) or 0
        try:
            job = await self._jobs.create(request, origin=origin, cost=cost)
        except OrderRefused as refusal:
            await anchor.reply(await self._refusals.explain(visitor, refusal, cost))
            return None
        if job.progress_message_id is None:
            await self._answer(job, anchor)
        return job

    async def _answer(self, job: Job, anchor: Message) -> None:
        """Send the job's card; where it cannot be sent now, worker/generation/progress.py does it later.

        A send that was counted and whose process died may have worked: it is not repeated here.
        """
        missing: dict[str, Any] = {"card_missing": UNSENT}
        if job.card_attempts:
            await self._jobs.note(job.id, **missing)
            return
        card, sent_at = progress_card(self._texts, job, self._clock()), (self._clock(),)
        await self._jobs.note(job.id, card_attempts=sent_at)
        try:
            with outcomes():
                shown = await anchor.reply(card.text, reply_markup=card.keyboard)
        except TelegramOutcome as outcome:
            logger.warning("job {}: its card is sent later: {}", job.id, outcome)
            may_have_worked = isinstance(outcome, Away) and outcome.ambiguous
            attempts = sent_at if may_have_worked else None
            await self._jobs.note(job.id, **missing, card_attempts=attempts)
        else:
            await self._messages.note(shown.chat.id, {shown.message_id: Shown(job.id)})
            await self._jobs.note(job.id, progress_message_id=shown.message_id, card_attempts=None)
            await self._catch_up(job, shown)

    async def _catch_up(self, job: Job, shown: Message) -> None:
        """Its end may have come, and been shown in a message of its own, while the card was on its way."""
        current = await self._jobs.get(job.id)
        if current and current.status in TERMINAL:
            say = self._texts.speaking(job.request.language)
            advice = await self._contacts.for_failure(say, current)
            card = progress_card(self._texts, current, self._clock(), advice)
            try:
                with outcomes():
                    await shown.edit_text(card.text, reply_markup=card.keyboard)
            except TelegramOutcome as outcome:
                logger.warning("job {}: its first card says no end: {}", job.id, outcome)

    def is_admin(self, visitor: Visitor) -> bool:
        return self._contacts.has_admin(visitor.person.id)


def reply_to_card(message: Message, job: Job) -> ReplyParameters:
    """Answers the message that follows a job, where it can be seen from this one; else this one."""
    here = message.chat.id == job.chat_id
    shown = (job.progress_message_id if here else None) or message.message_id
    return ReplyParameters(message_id=shown, allow_sending_without_reply=True)


def _is_author(visitor: Visitor, job: Job) -> bool:
    return job.request.person_id == visitor.person.id


def _place(visitor: Visitor, anchor: Message, prompt: str) -> dict[str, Any]:
    """Where a job is answered, and in which language."""
    own = anchor.from_user and anchor.from_user.id == visitor.person.id
    return {
        "quoted": bool(own and prompt in (anchor.text or anchor.caption or "")),
        "said": fingerprint(anchor) if own else "",
        "language": visitor.say.language,
        "chat_id": anchor.chat.id,
        "message_id": anchor.message_id,
        "thread_id": anchor.message_thread_id if anchor.is_topic_message else None,
    }
