"""aiogram's dispatcher with our handlers, and the one function that feeds it."""

from typing import Any

from aiogram import Bot, Dispatcher
from aiogram.exceptions import AiogramError
from aiogram.fsm.storage.base import DefaultKeyBuilder
from aiogram.fsm.storage.redis import RedisStorage
from aiogram.types import Update
from aiogram.types.update import UpdateTypeLookupError
from arq.connections import ArqRedis
from loguru import logger
from pydantic import ValidationError

from infra.fal.language_model import LanguageModel
from infra.i18n import Texts
from infra.settings import Settings
from infra.storage.store import Storage
from infra.telegram.ephemeral import answering, with_own_ids
from infra.telegram.outcomes import outcome_of
from worker.bot import handlers
from worker.bot.async_filters import evaluate_in_place
from worker.bot.handlers.errors import Failure
from worker.bot.middlewares import HandlerContext, UsersOnly
from worker.bot.options.catalog import OptionCatalog
from worker.bot.options.offers import OfferStore
from worker.bot.services.access_requests import AccessRequests
from worker.bot.services.admin_contacts import Contacts
from worker.bot.services.admin_service import Administration
from worker.bot.services.edit_chain import Steps
from worker.bot.services.helper_dialog import HelperDialog
from worker.bot.services.history import History
from worker.bot.services.limit_messages import Refusals
from worker.bot.services.offered_models import OfferedModels
from worker.bot.services.order_cards import OrderCards
from worker.bot.services.orders import Orders
from worker.bot.services.preferences import Preferences
from worker.bot.services.progress_cards import ProgressCards
from worker.bot.services.refused_orders import RefusedOrders
from worker.bot.services.result_search import ResultSearch
from worker.bot.states import LIFETIME
from worker.bot.uploads.album import Albums
from worker.bot.uploads.pictures import Originals
from worker.bot.voice import VoiceAsText
from worker.comparisons.ranking import Rankings
from worker.comparisons.store import ComparisonStore
from worker.jobs.deletion import Deletion
from worker.jobs.duration_stats import Durations
from worker.jobs.family import Family
from worker.jobs.indexes import JobIndexes
from worker.jobs.job_set import JobSets
from worker.jobs.message_index import MessageIndex
from worker.jobs.store import JobStore
from worker.limits.ledger import Ledger
from worker.limits.limits import Limits, LimitStore
from worker.limits.slots import Slots
from worker.operations.reconciliation import ReconciliationStore
from worker.operations.status import Overview
from worker.prompt_helper.charges import Charges
from worker.prompt_helper.classification import Classifier
from worker.prompt_helper.questions import PromptHelper
from worker.prompt_helper.transcription import Listener
from worker.queues.names import Clock
from worker.users.allowlist import AccessList
from worker.users.store import UserStore


def create_dispatcher(  # noqa: PLR0913 - one parameter per dependency
    *,
    settings: Settings,
    redis: ArqRedis,
    jobs: JobStore,
    users: UserStore,
    texts: Texts,
    clock: Clock,
    files: Storage,
    language_model: LanguageModel | None = None,
    listener: Listener | None = None,
) -> Dispatcher:
    """Build the dispatcher without connecting; raise ValueError, naming the setting, for an unknown model.

    Without a `listener` recordings are declined.
    """
    catalog = OptionCatalog(settings)
    preferences = Preferences(users, catalog)
    contacts = Contacts(users, settings.tg_admin_user_ids)
    ledger = Ledger(redis, clock)
    refusals = Refusals(jobs, ledger, contacts)
    access = AccessList(redis, settings)
    messages = MessageIndex(redis)
    sets = JobSets(redis, jobs)
    access_requests = AccessRequests(redis, access, users, texts)
    limits = Limits.of(settings)
    overview = Overview(redis, jobs, Slots(redis, limits))
    administration = Administration(
        ledger,
        LimitStore(redis, limits),
        access,
        users,
        overview,
        Rankings(redis),
        ReconciliationStore(redis),
    )
    durations = Durations(redis)
    cards = OrderCards(jobs, ProgressCards(texts, contacts, clock), durations)
    orders = Orders(
        jobs,
        texts,
        preferences,
        refusals,
        contacts,
        RefusedOrders(redis),
        cards,
        confirm_above=settings.confirm_above,
        translates=language_model is not None,
    )
    offers, charges = OfferStore(redis), Charges(redis, limits, clock)
    helper = PromptHelper(redis, language_model, charges) if language_model else None
    indexes = JobIndexes(redis)
    history = History(jobs, orders, catalog, indexes, files, messages)
    family = Family(jobs, indexes)
    keys = DefaultKeyBuilder(prefix="darkroom:fsm")
    dispatcher = Dispatcher(
        storage=RedisStorage(redis, keys, state_ttl=LIFETIME, data_ttl=LIFETIME),
        # HandlerContext reads the state.
        disable_fsm=True,
        redis=redis,
        users=users,
        texts=texts,
        preferences=preferences,
        catalog=catalog,
        orders=orders,
        order_cards=cards,
        durations=durations,
        offered_models=OfferedModels(offers, catalog),
        originals=Originals(messages, jobs),
        albums=Albums(redis),
        messages=messages,
        jobs=jobs,
        job_sets=sets,
        comparisons=ComparisonStore(redis),
        ledger=ledger,
        history=history,
        steps=Steps(jobs, family, orders, catalog, history, messages, users, files, texts),
        files=files,
        result_search=ResultSearch(jobs),
        deletion=Deletion(jobs, files, messages),
        access=access,
        access_requests=access_requests,
        administration=administration,
        charges=charges,
        classifier=Classifier(language_model, charges),
        language_model=language_model,
        listener=listener,
        helper_dialog=HelperDialog(helper, files, refusals, messages) if helper else None,
    )
    dispatcher.update.outer_middleware(UsersOnly(access_requests))
    dispatcher.update.outer_middleware(
        HandlerContext(
            redis=redis,
            access=access,
            access_requests=access_requests,
            users=users,
            texts=texts,
            catalog=catalog,
            orders=orders,
        )
    )
    if listener:
        dispatcher.update.outer_middleware(VoiceAsText(listener, refusals))
    dispatcher.include_routers(*handlers.setup(texts))
    evaluate_in_place(dispatcher)
    return dispatcher


async def handle(dispatcher: Dispatcher, bot: Bot, raw: dict[str, Any]) -> str | None:
    """Handle one update as Telegram sent it; ignore one of an unknown kind.

    Return the name of the error that prevented it, or None.
    Raise only `infra.redis.client.UNAVAILABLE` and Unavailable: it is then safe to handle the update again.
    """
    try:
        update = Update.model_validate(with_own_ids(raw), context={"bot": bot})
    except ValidationError as error:
        # The error's text contains what the user wrote.
        return type(error).__name__
    try:
        kind = update.event_type
    except UpdateTypeLookupError:
        logger.info("ignored update {} of an unknown kind", update.update_id)
        return None
    logger.debug("update {}: {}", update.update_id, kind)
    try:
        with answering(update):
            outcome = await dispatcher.feed_update(bot, update)
    except AiogramError as error:
        raise outcome_of(error) or error from error
    return outcome.error if isinstance(outcome, Failure) else None
