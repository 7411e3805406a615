from aiogram import Bot

from tests.person import Person


async def test_a_message_of_the_bot_is_shown_to_its_person(bot: Bot, person: Person) -> None:
    """sendMessage puts the text, with its entities, into the person's chat."""
    sent = await bot.send_message(person.id, "<b>Hello</b>", parse_mode="HTML")
    shown = await person.wait_for_text("Hello")
    assert shown["message_id"] == sent.message_id
    assert shown["entities"] == [{"type": "bold", "offset": 0, "length": 5}]
