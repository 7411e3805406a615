"""The order that most flows start with."""

from tests.message import Message, is_photo
from tests.person import Person


async def make_picture(person: Person, prompt: str) -> Message:
    """Order an image and return the message that shows it."""
    await person.say(f"/image {prompt}")
    return await person.wait_for(is_photo, timeout=25)
