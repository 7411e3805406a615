"""Words in answer to a message: they are about the result, or the job, that the message is about."""

from aiogram import F, Router
from aiogram.filters import Filter
from aiogram.types import Message

from infra.fal.model import Work
from worker.bot.filters import Addressed, Answers, Talking
from worker.bot.options.catalog import OptionCatalog
from worker.bot.services.job_requests import draft_of
from worker.bot.services.order_dialog import OrderDialog
from worker.bot.uploads.pictures import Obstacle, Original
from worker.bot.views.result_card import result_keyboard
from worker.model import Job


def setup() -> Router:
    """Stands before what takes words for a prompt."""
    router = Router(name="answering")
    router.message.filter(F.text, ~F.text.startswith("/"), Addressed(), Talking())
    router.message.register(edit, Answers(Original))
    router.message.register(explain, Answers(Obstacle), StopsWords())
    router.message.register(describe_again, Answers(Job))
    return router


class StopsWords(Filter):
    """Words in answer to it are about it."""

    async def __call__(self, _: Message, answered: Obstacle) -> bool:
        return answered.stops_words


async def edit(message: Message, answered: Original, dialog: OrderDialog) -> None:
    """Of several results the card asks which one is meant."""
    await dialog.place(answered.draft(Work.IMAGE_EDIT), message.text or "")


async def explain(
    message: Message, answered: Obstacle, dialog: OrderDialog, catalog: OptionCatalog
) -> None:
    """With the buttons for what can be done instead, for those whose buttons they are."""
    say, job = dialog.current_user.say, answered.job
    own = job if job and job.files and job.request.user_id == dialog.current_user.user.id else None
    keyboard = result_keyboard(say, catalog, own) if own else None
    await message.reply(say(answered.key), reply_markup=keyboard)


async def describe_again(
    message: Message, answered: Job, dialog: OrderDialog, catalog: OptionCatalog
) -> None:
    """Of what came to nothing: the same with these words."""
    await dialog.place(draft_of(answered.repeatable, catalog), message.text or "")
