"""Scenes: going on in words after a result."""

from collections.abc import AsyncIterator

from tests.message import is_photo, labels
from tests.tour.stage import Actor


async def going_on(actor: Actor) -> AsyncIterator[bytes]:
    await actor.user.say("/start")
    await actor.see(actor.name)
    await actor.user.say(actor.words("дом у озера ночью, масло", "a house by a lake at night, oil"))
    offer = await actor.see(lambda message: _has(labels(message), actor, "button-image"))
    yield await actor.photograph()
    await actor.press(offer, actor.say.plain("button-image"))
    await actor.see(is_photo)
    await actor.user.say(actor.words("добавь лодку у берега", "add a boat at the shore"))
    offer = await actor.see(lambda message: _has(labels(message), actor, "button-edit-last"))
    yield await actor.photograph()
    await actor.press(offer, actor.say.plain("button-edit-last"))
    await actor.see(is_photo)
    await actor.user.say(actor.words("не то", "not what I wanted"))
    await actor.see(lambda message: _has(labels(message), actor, "work-image_edit"))
    yield await actor.photograph()


async def at_once(actor: Actor) -> AsyncIterator[bytes]:
    await actor.user.say("/settings")
    card = await actor.see(lambda message: any("💬" in label for label in labels(message)))
    await actor.press(card, "💬")
    listed = await actor.see(
        lambda message: _has(labels(message), actor, "plain-text-image", exactly=True)
    )
    yield await actor.photograph()
    await actor.press(listed, actor.say.plain("plain-text-image"))
    await actor.see(lambda message: any("💬" in label for label in labels(message)))
    await actor.user.say(actor.words("маяк у моря", "a lighthouse by the sea"))
    await actor.see(lambda message: _has(labels(message), actor, "button-undo"))
    yield await actor.photograph()
    await actor.see(is_photo)


def _has(found: list[str], actor: Actor, key: str, *, exactly: bool = False) -> bool:
    wanted = actor.say.plain(key)
    return any(label == wanted if exactly else label.startswith(wanted) for label in found)
