"""Users' orders: creation of jobs with an immediate answer, and access to existing ones."""

import secrets
from collections.abc import Collection, Sequence
from contextlib import suppress
from copy import copy

from aiogram.exceptions import TelegramBadRequest
from aiogram.types import Message, ReplyParameters

from infra.fal.model import VIDEO_WORKS, Model, Value
from infra.i18n import Texts
from infra.telegram.ephemeral import reply_to_asker
from worker.bot.current_user import CurrentUser
from worker.bot.draft import Draft
from worker.bot.options.catalog import CHOOSE_MODEL
from worker.bot.services.admin_contacts import Contacts
from worker.bot.services.job_message import JobMessage, ResultImage
from worker.bot.services.limit_messages import Refusals, Refused
from worker.bot.services.order_cards import OrderCards
from worker.bot.services.order_requests import origin_of, place_of
from worker.bot.services.preferences import Preferences
from worker.bot.services.refused_orders import RefusedOrder, RefusedOrders
from worker.bot.views.card import Card
from worker.bot.views.job_card import status_card
from worker.bot.views.money_format import repeated
from worker.jobs.family import line_from
from worker.jobs.refetch import COLLECT_TIMEOUT
from worker.jobs.store import JobStore
from worker.limits.limits import OrderRefused
from worker.model import (
    CROP,
    TERMINAL,
    Job,
    Kind,
    Options,
    Request,
    SetPurpose,
    is_job_id,
)
from worker.prompt_helper.translation import needs_translation


class Orders:
    """`cause` names the trigger of a job within its chat: for one user, the same cause gives the same job.

    An order that is expected to cost more than `confirm_above` dollars shows its price first.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - one parameter per dependency
        self,
        jobs: JobStore,
        texts: Texts,
        preferences: Preferences,
        refusals: Refusals,
        contacts: Contacts,
        refused_orders: RefusedOrders,
        cards: OrderCards,
        *,
        confirm_above: float,
        translates: bool = False,
    ) -> None:
        self._translates = translates
        self._confirm_above = confirm_above
        self._jobs = jobs
        self._refusals = refusals
        self._texts = texts
        self.preferences = preferences
        self._clock = jobs.clock
        self._contacts = contacts
        self._refused_orders = refused_orders
        self._cards = cards

    def with_preferences(self, preferences: Preferences) -> "Orders":
        """Return the orders of a user who may choose the models of these preferences."""
        orders = copy(self)
        orders.preferences = preferences
        return orders

    async def find(self, current_user: CurrentUser, job_id: str) -> Job | None:
        """Return the job if this user may see it: its author and admins may."""
        wanted = job_id.strip().lower()
        if not self.is_admin(current_user):
            return await self.find_own(current_user, wanted)
        return await self._jobs.get(wanted) if is_job_id(wanted) else None

    async def find_own(self, current_user: CurrentUser, job_id: str) -> Job | None:
        """Return the job if this user ordered it; check the author, because a button's data can be forged."""
        job = await self._jobs.get(job_id) if is_job_id(job_id) else None
        return job if job and job.request.user_id == current_user.user.id else None

    async def find_here(self, current_user: CurrentUser, chat_id: int, job_id: str) -> Job | None:
        """Return the job if this user ordered it, or if it is a result of the group that they are in."""
        job = await self._jobs.get(job_id) if is_job_id(job_id) else None
        return job if job and is_visible(job, current_user, chat_id) else None

    async def explain_missing(self, current_user: CurrentUser, job_id: str) -> str:
        """Explain as HTML why `find` found nothing."""
        wanted, user_id = job_id.strip().lower(), current_user.user.id
        if is_job_id(wanted) and await self._jobs.get_damaged(wanted, user_id):
            key = "status-damaged-admin" if self.is_admin(current_user) else "status-damaged"
            return current_user.t(key, id=wanted)
        return current_user.t("status-unknown")

    async def latest(self, current_user: CurrentUser) -> Job | None:
        page = await self._jobs.page(user_id=current_user.user.id, limit=1)
        while page.damaged and page.cursor:
            page = await self._jobs.page(user_id=current_user.user.id, cursor=page.cursor, limit=1)
        return page.jobs[0] if page.jobs else None

    async def card(self, current_user: CurrentUser, job: Job) -> Card:
        """Build the job's card in the reader's language, with the prompt: the order may be out of sight."""
        reading = {"language": current_user.t.language, "quoted": False}
        request = job.request.model_copy(update=reading)
        shown = job.model_copy(update={"request": request})
        advice = await self._contacts.for_failure(current_user.t, job, current_user.user.id)
        card = status_card(self._texts, shown, self._clock(), advice)
        # Only the author gets buttons, because some of them spend.
        return card if job.request.user_id == current_user.user.id else Card(card.text)

    async def place(  # noqa: PLR0913 - the parts of an order
        self,
        current_user: CurrentUser,
        draft: Draft,
        reply_to: Message,
        cause: str,
        given_options: Collection[str] = (),
        *,
        offer: Message | None = None,
        undoable: bool = False,
    ) -> Job | None:
        """Start a job and reply to `reply_to`; return None, with an explanation sent, if a limit is reached.

        `given_options` are the options from the user's own line. The message `offer` of ours becomes the card.
        """
        line = await self._line(current_user, draft, reply_to)
        request = self._request(current_user, draft, reply_to, line, given_options)
        request = request.model_copy(update={"undoable": undoable})
        return await self._start(current_user, request, reply_to, cause, offer)

    async def place_set(  # noqa: PLR0913, PLR0917 - the parts of an order
        self,
        current_user: CurrentUser,
        drafts: Sequence[Draft],
        reply_to: Message,
        cause: str,
        purpose: SetPurpose,
        offer: Message | None = None,
    ) -> Sequence[Job]:
        """Start one job of each draft, all of one kind, or none; like `place`."""
        line = await self._line(current_user, drafts[0], reply_to)
        requests = [self._request(current_user, draft, reply_to, line) for draft in drafts]
        orders = [(request, self._cost(request)) for request in requests]
        try:
            jobs = await self._jobs.create_set(orders, origin_of(requests[0], cause), purpose)
        except OrderRefused as refusal:
            await self._decline(current_user, refusal, requests, purpose, reply_to, cause, offer)
            return ()
        if jobs[0].progress_message_id is None:
            await self._cards.answer(jobs, reply_to, offer)
        return jobs

    async def compare(  # noqa: PLR0913, PLR0917 - the parts of an order
        self,
        current_user: CurrentUser,
        draft: Draft,
        models: Sequence[Model],
        reply_to: Message,
        cause: str,
        offer: Message | None = None,
    ) -> Sequence[Job]:
        """Start the same order on each of these models, in random order, so that their letters say nothing."""
        options = self.preferences.settled(current_user.user, draft) | {"count": 1}
        shuffled = secrets.SystemRandom().sample(models, len(models))
        drafts = [
            draft.model_copy(update={"options": options | {"model": model.endpoint}})
            for model in shuffled
        ]
        purpose = SetPurpose.COMPARE
        return await self.place_set(current_user, drafts, reply_to, cause, purpose, offer)

    def _request(
        self,
        current_user: CurrentUser,
        draft: Draft,
        reply_to: Message,
        line: tuple[str, ...],
        given_options: Collection[str] = (),
    ) -> Request:
        draft = self.preferences.permitted(draft)
        options = self.preferences.settled(current_user.user, draft)
        model = self.preferences.catalog.model(draft.work, options, draft.own_model)
        request = Request(
            kind=Kind.VIDEO if draft.work in VIDEO_WORKS else Kind.IMAGE,
            user_id=current_user.user.id,
            prompt=draft.words,
            model=model.endpoint,
            options={n: value for n, value in options.items() if n not in CHOOSE_MODEL},
            pictures=draft.pictures,
            mask=draft.mask,
            source=draft.source,
            source_file=draft.source_file,
            ancestors=line,
            given_options=tuple(given_options),
            captions=draft.captions,
            **place_of(current_user, reply_to, draft.words),
        )
        return self._translated(request)

    def _translated(self, request: Request, *, as_written: bool = False) -> Request:
        """Decide whether the words are translated for the model; `as_written`: the user wants them as they are."""
        request = request.model_copy(update={"as_written": as_written})
        wanted = self._translates and needs_translation(request)
        return request.model_copy(update={"translate": wanted})

    async def _line(
        self, current_user: CurrentUser, draft: Draft, reply_to: Message
    ) -> tuple[str, ...]:
        """Return the jobs that led to the order of a draft; none if its source is not this user's to see."""
        if draft.source is None:
            return ()
        source = await self.find_here(current_user, reply_to.chat.id, draft.source)
        return line_from(source) if source else (draft.source,)

    async def crop(
        self, current_user: CurrentUser, picture: ResultImage, size: Value, cause: str
    ) -> Job | None:
        """Start a job that crops a result; like `place`."""
        source = picture.job
        request = Request(
            kind=Kind.IMAGE,
            user_id=current_user.user.id,
            prompt=source.request.prompt,
            model=CROP,
            options={"size": size},
            source=source.id,
            source_file=picture.number,
            ancestors=line_from(source),
            **place_of(current_user, picture.reply_to, source.request.prompt),
        )
        try:
            job = await self._jobs.create_crop(
                request,
                picture.file.key,
                origin_of(request, cause),
                self._clock() + COLLECT_TIMEOUT,
            )
        except OrderRefused as refusal:
            card = await self._refusals.card(current_user, Refused(refusal, 0))
            await reply_to_asker(picture.reply_to, card.text)
            return None
        if job.progress_message_id is None:
            await self._cards.answer([job], picture.reply_to)
        return job

    def asks_first(self, draft: Draft, cost: float) -> bool:
        """Tell whether the price is higher than the user was shown and must be confirmed."""
        return cost > draft.price and self.may_surprise(cost)

    def may_surprise(self, cost: float) -> bool:
        """Tell whether these dollars may be spent only after the price was shown."""
        return cost > self._confirm_above

    async def repeat(
        self,
        current_user: CurrentUser,
        shown: JobMessage,
        options: Options,
        cause: str,
        *,
        as_written: bool = False,
    ) -> Job | None:
        """Start the same order again with these options, as a new job; an untranslated one stays so."""
        before, user_id = shown.job.request, current_user.user.id
        place = place_of(current_user, shown.reply_to, before.prompt)
        own = {"user_id": user_id, "options": options, "undoable": False}
        request = shown.job.repeatable.model_copy(update=place | own)
        if (request.chat_id, user_id) != (before.chat_id, before.user_id):
            # The ids of an album's messages are those of its chat, and its author's.
            request = request.model_copy(update={"captions": {}})
        request = self._translated(request, as_written=as_written or request.as_written)
        return await self._start(current_user, request, shown.reply_to, cause)

    async def _start(
        self,
        current_user: CurrentUser,
        request: Request,
        reply_to: Message,
        cause: str,
        offer: Message | None = None,
    ) -> Job | None:
        origin, cost = origin_of(request, cause), self._cost(request)
        try:
            job = await self._jobs.create(request, origin=origin, cost=cost)
        except OrderRefused as refusal:
            await self._decline(current_user, refusal, [request], None, reply_to, cause, offer)
            return None
        if job.progress_message_id is None and not job.taken_back:
            await self._cards.answer([job], reply_to, offer)
        return job

    def _cost(self, request: Request) -> float:
        return repeated(request, self.preferences.catalog.unknown_price) or 0

    async def _decline(  # noqa: PLR0913, PLR0917 - the parts of an order
        self,
        current_user: CurrentUser,
        refusal: OrderRefused,
        requests: Sequence[Request],
        purpose: SetPurpose | None,
        reply_to: Message,
        cause: str,
        offer: Message | None,
    ) -> None:
        """Explain a refusal; the `offer` becomes the question whether to keep an order that can wait."""
        refused = Refused(refusal, sum(map(self._cost, requests)), len(requests))
        order_id = None
        if refused.can_wait:
            # A press starts it, so nothing has to be taken back.
            kept = tuple(each.model_copy(update={"undoable": False}) for each in requests)
            order = RefusedOrder(requests=kept, purpose=purpose, reason=refusal.reason)
            origin = origin_of(requests[0], cause)
            order_id = await self._refused_orders.save(current_user.user.id, order, origin)
        card = await self._refusals.card(current_user, refused, order_id)
        if offer and order_id:
            with suppress(TelegramBadRequest):
                await offer.edit_text(card.text, reply_markup=card.keyboard)
                return
        await reply_to_asker(reply_to, card.text, reply_markup=card.keyboard)

    async def keep(self, current_user: CurrentUser, order_id: str) -> Sequence[Job]:
        """Let a refused order wait, or start it if it is accepted now; return nothing if it cannot be ordered any more.

        Raises OrderRefused if too many orders wait. A repeated call returns the same jobs.
        """
        order = await self._refused_orders.get(current_user.user.id, order_id)
        admits = self.preferences.catalog.admits
        if order is None or not all(admits(each.model) for each in order.requests):
            return ()
        origin = f"keep:{current_user.user.id}:{order_id}"
        if order.purpose is None:
            (request,) = order.requests
            cost = self._cost(request)
            return [await self._jobs.create(request, origin, cost=cost, keep_for=order.reason)]
        orders = [(request, self._cost(request)) for request in order.requests]
        return await self._jobs.create_set(orders, origin, order.purpose, keep_for=order.reason)

    def is_admin(self, current_user: CurrentUser) -> bool:
        return self._contacts.has_admin(current_user.user.id)


def is_visible(job: Job, current_user: CurrentUser, chat_id: int) -> bool:
    """Tell whether a user may see the job in this chat: it is theirs, or its result was sent to this group."""
    if job.request.user_id == current_user.user.id:
        return True
    is_groups = job.chat_id == chat_id < 0 and not job.in_private
    return is_groups and job.status in TERMINAL and bool(job.files)


def reply_to_card(message: Message, job: Job) -> ReplyParameters:
    """Reply to the message that follows the job if it is in this chat, else to this message."""
    here = message.chat.id == job.chat_id
    shown = (job.progress_message_id if here else None) or message.message_id
    return ReplyParameters(message_id=shown, allow_sending_without_reply=True)
