"""What most flows begin with."""

from tests.message import Message, is_photo
from tests.person import Person


async def make_picture(person: Person, prompt: str) -> Message:
    """Ask for a picture and wait for it: the message that shows it."""
    await person.say(f"/image {prompt}")
    return await person.wait_for(is_photo, timeout=25)
