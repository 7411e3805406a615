"""People's jobs: from words to a job that is answered at once with its id, and who may see it."""

from collections.abc import Collection
from typing import Any

from aiogram.types import Message, ReplyParameters
from loguru import logger

from infra.fal.model import Model, Work
from infra.fal.models_map import MODELS
from infra.i18n import Texts
from infra.telegram.outcomes import Away, TelegramOutcome, outcomes
from worker.bot.current_user import CurrentUser
from worker.bot.draft import Draft
from worker.bot.mention import fingerprint
from worker.bot.options.catalog import WITH_PICTURE, OptionCatalog
from worker.bot.services.admin_contacts import Contacts
from worker.bot.services.job_message import JobMessage
from worker.bot.services.limit_messages import Refusals
from worker.bot.services.preferences import Preferences
from worker.bot.views.card import Card
from worker.bot.views.job_card import progress_card, status_card
from worker.bot.views.money_format import repeated
from worker.jobs.message_index import MessageIndex, ResultRef
from worker.jobs.store import JobStore
from worker.limits.limits import OrderRefused
from worker.model import TERMINAL, UNSENT, Job, Kind, Options, Request, is_job_id

_RESULTS = {Work.VIDEO: Kind.VIDEO, Work.IMAGE_TO_VIDEO: Kind.VIDEO}


def draft_of(request: Request, catalog: OptionCatalog) -> Draft:
    """The same order again, before its words: the same settings for the same model, while that is in the table."""
    work, known = _work_of(request), request.model in MODELS
    choice = catalog.leading_to(work, request.model, request.options)
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

    async def find(self, current_user: CurrentUser, job_id: str) -> Job | None:
        """The job if this person may see it: its author and admins may."""
        job = await self._get(job_id.strip().lower())
        return (
            job if job and (_is_author(current_user, job) or self.is_admin(current_user)) else None
        )

    async def find_own(self, current_user: CurrentUser, job_id: str) -> Job | None:
        """The job if this person asked for it: a button's data can be forged, the job's author cannot."""
        job = await self._get(job_id)
        return job if job and _is_author(current_user, job) else None

    async def explain_missing(self, current_user: CurrentUser, job_id: str) -> str:
        """Why `find` found nothing, as HTML."""
        wanted, user_id = job_id.strip().lower(), current_user.user.id
        if is_job_id(wanted) and await self._jobs.get_damaged(wanted, user_id):
            key = "status-damaged-admin" if self.is_admin(current_user) else "status-damaged"
            return current_user.say(key, id=wanted)
        return current_user.say("status-unknown")

    async def latest(self, current_user: CurrentUser) -> Job | None:
        page = await self._jobs.page(user_id=current_user.user.id, limit=1)
        while page.damaged and page.cursor:
            page = await self._jobs.page(user_id=current_user.user.id, cursor=page.cursor, limit=1)
        return page.jobs[0] if page.jobs else None

    async def card(self, current_user: CurrentUser, job: Job) -> Card:
        """The job as the visitor reads it: in their language, far from the words that it was asked with."""
        reading = {"language": current_user.say.language, "quoted": False}
        request = job.request.model_copy(update=reading)
        shown = job.model_copy(update={"request": request})
        advice = await self._contacts.for_failure(current_user.say, job, current_user.user.id)
        card = status_card(self._texts, shown, self._clock(), advice)
        # Whatever is paid for, its author asks for.
        return card if _is_author(current_user, job) else Card(card.text)

    async def place(
        self,
        current_user: CurrentUser,
        draft: Draft,
        reply_to: Message,
        cause: str,
        told: Collection[str] = (),
    ) -> Job | None:
        """Start a job and answer `reply_to`; None, said to the person, when a limit is reached.

        `told` are the options that the person's own line said.
        """
        chosen, options = self._choose(current_user, draft)
        request = Request(
            kind=_RESULTS.get(draft.work, Kind.IMAGE),
            user_id=current_user.user.id,
            prompt=draft.words,
            model=chosen.endpoint,
            options={name: value for name, value in options.items() if name != "quality"},
            quality=options.get("quality"),
            pictures=draft.pictures,
            mask=draft.mask,
            source=draft.source,
            told=tuple(told),
            captions=draft.captions,
            **_place(current_user, reply_to, draft.words),
        )
        return await self._start(current_user, request, reply_to, cause)

    def asks_first(self, draft: Draft, cost: float) -> bool:
        """Whether an order costs more than the person was shown, and is not little."""
        return cost > draft.price and self.may_surprise(cost)

    def may_surprise(self, cost: float) -> bool:
        """Whether so many dollars are spent only for a price that was shown."""
        return cost > self._confirm_above

    async def repeat(
        self, current_user: CurrentUser, shown: JobMessage, options: Options, cause: str
    ) -> Job | None:
        """The same once more with these options, as a job of its own."""
        place = _place(current_user, shown.reply_to, shown.job.request.prompt)
        request = shown.job.repeatable.model_copy(update=place | {"options": options})
        return await self._start(current_user, request, shown.reply_to, cause)

    def _choose(self, current_user: CurrentUser, draft: Draft) -> tuple[Model, Options]:
        options = self._preferences.settled(current_user.user, draft)
        return self._preferences.catalog.model(draft.work, options, draft.own_model), options

    async def _get(self, job_id: str) -> Job | None:
        return await self._jobs.get(job_id) if is_job_id(job_id) else None

    async def _start(
        self, current_user: CurrentUser, request: Request, reply_to: Message, cause: str
    ) -> Job | None:
        # In a group everybody can press, and nobody's press may stand for somebody else's.
        origin = f"{request.chat_id}:{request.user_id}:{cause}"
        cost = repeated(request) or 0
        try:
            job = await self._jobs.create(request, origin=origin, cost=cost)
        except OrderRefused as refusal:
            await reply_to.reply(await self._refusals.explain(current_user, refusal, cost))
            return None
        if job.progress_message_id is None:
            await self._answer(job, reply_to)
        return job

    async def _answer(self, job: Job, reply_to: Message) -> None:
        """Send the job's card; where it cannot be sent now, worker/generation/progress.py does it later.

        A send that was counted and whose process died may have worked: it is not repeated here.
        """
        missing: dict[str, Any] = {"card_missing": UNSENT}
        if job.card_attempts:
            await self._jobs.update_fields(job.id, **missing)
            return
        card, sent_at = progress_card(self._texts, job, self._clock()), (self._clock(),)
        await self._jobs.update_fields(job.id, card_attempts=sent_at)
        try:
            with outcomes():
                shown = await reply_to.reply(card.text, reply_markup=card.keyboard)
        except TelegramOutcome as outcome:
            logger.warning("job {}: its card is sent later: {}", job.id, outcome)
            may_have_worked = isinstance(outcome, Away) and outcome.ambiguous
            attempts = sent_at if may_have_worked else None
            await self._jobs.update_fields(job.id, **missing, card_attempts=attempts)
        else:
            await self._messages.remember(shown.chat.id, {shown.message_id: ResultRef(job.id)})
            await self._jobs.update_fields(
                job.id, progress_message_id=shown.message_id, card_attempts=None
            )
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

    def is_admin(self, current_user: CurrentUser) -> bool:
        return self._contacts.has_admin(current_user.user.id)


def reply_to_card(message: Message, job: Job) -> ReplyParameters:
    """Answers the message that follows a job, where it can be seen from this one; else this one."""
    here = message.chat.id == job.chat_id
    shown = (job.progress_message_id if here else None) or message.message_id
    return ReplyParameters(message_id=shown, allow_sending_without_reply=True)


def _is_author(current_user: CurrentUser, job: Job) -> bool:
    return job.request.user_id == current_user.user.id


def _place(current_user: CurrentUser, reply_to: Message, prompt: str) -> dict[str, Any]:
    """Where a job is answered, and in which language."""
    own = reply_to.from_user and reply_to.from_user.id == current_user.user.id
    return {
        "quoted": bool(own and prompt in (reply_to.text or reply_to.caption or "")),
        "said": fingerprint(reply_to) if own else "",
        "language": current_user.say.language,
        "chat_id": reply_to.chat.id,
        "message_id": reply_to.message_id,
        "thread_id": reply_to.message_thread_id if reply_to.is_topic_message else None,
    }
