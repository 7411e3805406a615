"""The order that most flows start with."""

from tests.message import Message, is_photo
from tests.user import User


async def make_picture(user: User, prompt: str) -> Message:
    """Order an image and return the message that shows it."""
    await user.say(f"/image {prompt}")
    return await user.wait_for(is_photo, timeout=25)
