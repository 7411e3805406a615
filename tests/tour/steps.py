"""Scenes: a chain of edits, and one image of an album."""

from collections.abc import AsyncIterator
from functools import partial

from tests.message import Message, buttons, is_photo
from tests.tour.stage import Actor


async def chain(actor: Actor) -> AsyncIterator[bytes]:
    words = actor.words("маяк на скале, закат", "a lighthouse on a cliff, sunset")
    await actor.user.say(f"/image {words}")
    result = await actor.see(is_photo)
    for change in (("сделай ночь", "make it night"), ("добавь луну", "add a moon")):
        words = actor.words(*change)
        await actor.user.say(words, reply_to=result["message_id"])
        result = await actor.see(partial(_is_newer_photo, result["message_id"]))
    yield await actor.photograph()
    await actor.press(result, actor.say.plain("result-prev"))
    step = await actor.see(lambda message: _labelled(message, actor.say.plain("step-forward")))
    yield await actor.photograph()
    await actor.press(step, actor.say.plain("result-tree"))
    await actor.see(actor.say.plain("tree-title").removeprefix("<b>").removesuffix("</b>"))
    yield await actor.photograph()


async def album(actor: Actor) -> AsyncIterator[bytes]:
    words = actor.words("кот на закате", "a cat at sunset")
    await actor.user.say(f"/image {words} --count 4")
    below = await actor.see(actor.say.plain("results-next"))
    yield await actor.photograph()
    await actor.press(below, "3")
    await actor.see(lambda message: _labelled(message, "✓ 3"))
    yield await actor.photograph()


def _is_newer_photo(last: int, message: Message) -> bool:
    number: int = message["message_id"]
    return is_photo(message) and number > last


def _labelled(message: Message, part: str) -> bool:
    return any(part in one["text"] for one in buttons(message))
