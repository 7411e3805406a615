"""Messages that are no prompt: thanks, greetings, complaints, and questions about prices or the bot itself."""

from aiogram import F, Router
from aiogram.dispatcher.event.handler import CallbackType
from aiogram.filters import Filter, StateFilter, invert_f
from aiogram.types import Message, ReactionTypeEmoji
from loguru import logger

from infra.fal.model import Work
from infra.money import money
from infra.telegram.outcomes import Migrated, Refused, Unreachable, outcomes
from worker.bot.current_user import CurrentUser
from worker.bot.draft import Draft
from worker.bot.filters import AddressedToBot, WithOrderDialog
from worker.bot.mention import own_words
from worker.bot.options.catalog import OptionCatalog
from worker.bot.options.labels import label
from worker.bot.services.last_result import last_result
from worker.bot.services.order_dialog import OrderDialog
from worker.bot.small_talk import may_be_small_talk, small_talk
from worker.bot.small_talk_phrases import SmallTalk
from worker.bot.states import Making
from worker.bot.uploads.pictures import Original, Originals
from worker.bot.views.result_keyboard import retry_keyboard
from worker.jobs.message_index import MessageIndex, ResultRef
from worker.jobs.store import JobStore
from worker.model import Job
from worker.prompt_helper.classification import Classifier

#: https://core.telegram.org/bots/api#reactiontypeemoji
_REACTIONS = {SmallTalk.THANKS: "❤", SmallTalk.PRAISE: "🔥", SmallTalk.ASSENT: "👌"}
_PRICED_WORKS = (Work.IMAGE, Work.IMAGE_EDIT, Work.VIDEO, Work.IMAGE_TO_VIDEO)


#: What the helper may answer about a text; anything else counts as a prompt.
_KINDS = {
    "prompt": "a description of an image or a video, or what to change in one; also if you are in doubt",
    SmallTalk.PRICE: "a question what something costs",
    SmallTalk.ABILITIES: "a question about the bot, or how to use it",
    SmallTalk.COMPLAINT: "dissatisfaction with a result, without saying what to change",
    SmallTalk.AGAIN: "a wish for another attempt, without saying what to change",
    SmallTalk.STOP: "a wish to stop or cancel",
    SmallTalk.THANKS: "thanks only",
    SmallTalk.PRAISE: "praise only",
    SmallTalk.GREETING: "a greeting or a farewell only",
    SmallTalk.ASSENT: "a word of assent or denial only",
}


def setup() -> Router:
    """Return the router; it must come before those that take words as a prompt."""
    waits_for_any_words = StateFilter(Making.negative_prompt, Making.preset_name)
    return _router("small talk", invert_f(waits_for_any_words), AddressedToBot(), IsSmallTalk())


def setup_doubtful() -> Router:
    """Return the router for what the helper takes for small talk.

    It must come after those that wait for words, because such words are meant as a prompt.
    """
    return _router("doubtful small talk", AddressedToBot(), SoundsLikeSmallTalk())


def _router(name: str, *filters: CallbackType) -> Router:
    router = Router(name=name)
    router.message.filter(F.text, ~F.text.startswith("/"), *filters, WithOrderDialog())
    router.message.register(remind_of_button, Making.press, Says(SmallTalk.ASSENT))
    router.message.register(show_prices, Says(SmallTalk.PRICE))
    router.message.register(offer_retry, Says(SmallTalk.COMPLAINT, SmallTalk.AGAIN))
    router.message.register(react, Says(*_REACTIONS))
    router.message.register(answer)
    return router


class IsSmallTalk(Filter):
    """A message that is small talk as a whole; passes on what it is about as `kind`."""

    async def __call__(self, message: Message) -> bool | dict[str, SmallTalk]:
        kind = small_talk(await own_words(message))
        return {"kind": kind} if kind else False


class SoundsLikeSmallTalk(Filter):
    """A short doubtful text that the helper takes for small talk."""

    async def __call__(
        self, message: Message, classifier: Classifier, current_user: CurrentUser
    ) -> bool | dict[str, SmallTalk]:
        words = await own_words(message)
        if not may_be_small_talk(words):
            return False
        kind = await classifier.classify(current_user.user.id, words, _KINDS)
        return {"kind": SmallTalk(kind)} if kind and kind != "prompt" else False


class Says(Filter):
    def __init__(self, *kinds: SmallTalk) -> None:
        self._kinds = kinds

    async def __call__(self, _: Message, kind: SmallTalk) -> bool:
        return kind in self._kinds


async def remind_of_button(message: Message, dialog: OrderDialog) -> None:
    """A word of assent to a card that waits for a press is neither a prompt nor a press."""
    await message.reply(dialog.current_user.t("press-to-start"))


async def react(message: Message, dialog: OrderDialog, kind: SmallTalk) -> None:
    """Answer with a reaction, or with a word where the chat allows none."""
    try:
        with outcomes():
            await message.react([ReactionTypeEmoji(emoji=_REACTIONS[kind])])
    except (Refused, Unreachable, Migrated) as refusal:
        logger.info("reaction was refused: {}", refusal)
        await message.reply(dialog.current_user.t(f"talk-{kind}"))


async def answer(message: Message, dialog: OrderDialog, kind: SmallTalk) -> None:
    await message.reply(dialog.current_user.t(f"talk-{kind}"))


async def show_prices(message: Message, dialog: OrderDialog) -> None:
    """Show what the usual works cost with the user's settings."""
    t, lines = dialog.current_user.t, []
    for work in _PRICED_WORKS:
        card = dialog.card(Draft(work=work))
        details = [card.model.title]
        if "duration" in card.options:
            details.append(label(t, "duration", card.options["duration"]))
        cost, name = money(t, card.price), t.plain(f"work-{work}")
        lines.append(t("talk-price-of", work=name, cost=cost, details=", ".join(details)))
    await message.reply("\n".join([t("talk-price"), *lines, "", t("talk-price-shown")]))


async def offer_retry(  # noqa: PLR0913, PLR0917 - aiogram passes what a handler names
    message: Message,
    dialog: OrderDialog,
    kind: SmallTalk,
    originals: Originals,
    catalog: OptionCatalog,
    jobs: JobStore,
    messages: MessageIndex,
) -> None:
    """Offer to make the result again in another way: the one that was replied to, or the last one."""
    t = dialog.current_user.t
    job = await _meant(message, dialog, originals, jobs)
    if job is None or job.is_blind:
        await message.reply(t("talk-nothing-to-retry"))
        return
    shown = await message.reply(t(f"talk-{kind}"), reply_markup=retry_keyboard(t, catalog, job))
    await messages.remember(shown, ResultRef(job.id))


async def _meant(
    message: Message, dialog: OrderDialog, originals: Originals, jobs: JobStore
) -> Job | None:
    user_id = dialog.current_user.user.id
    answered = await originals.answered(message)
    if isinstance(answered, Original) and answered.source:
        chat_id = message.chat.id
        return await dialog.orders.find_here(dialog.current_user, chat_id, answered.source)
    return await last_result(jobs, user_id, message.chat.id)
