"""Commands as phones write them."""

from collections.abc import Callable

import pytest

from tests.user import User, create_group
from tests.worker.bot.conversation import Conversation
from tests.worker.bot.drawings import drawing
from worker.bot.commands import COMMANDS

UNKNOWN = "Такой команды нет"


SPELLINGS = pytest.mark.parametrize(
    "spell", [str.capitalize, str.upper, "{}@Darkroom_BOT".format], ids=["Image", "IMAGE", "@"]
)


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS)
@SPELLINGS
async def test_command_in_any_case(
    conversation: Conversation, anya: User, command: str, spell: Callable[[str], str]
) -> None:
    """Phones capitalise the first letter; the bot's name after it may be in any case, too."""
    greeting = await anya.last_from_bot()
    answer = await conversation.send_text(anya, f"/{spell(command)}")
    assert answer["message_id"] != greeting["message_id"]
    assert UNKNOWN not in answer["text"]


@pytest.mark.parametrize("line", ["/Image красное яблоко", "/IMAGE@darkroom_bot красное яблоко"])
async def test_capitalised_command_takes_its_prompt(
    conversation: Conversation, anya: User, line: str
) -> None:
    """Only the text after it is the prompt."""
    await conversation.send_text(anya, line)
    assert (await conversation.job(anya)).request.prompt == "красное яблоко"


async def test_capitalised_command_in_a_caption_in_a_group(
    conversation: Conversation, anya: User
) -> None:
    """A photo under «/Image …» is an order there, as under «/image …»."""
    group = await create_group(str(conversation.telegram.base_url), "Команда", [anya])
    await anya.in_chat(group).send_photo(drawing(), caption="/Image сделай ярче")
    await conversation.catch_up()
    assert (await conversation.job(anya)).request.prompt == "сделай ярче"
