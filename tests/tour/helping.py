"""Scenes: the prompt helper."""

from collections.abc import AsyncIterator, Callable

from tests.message import Message, is_photo, labels
from tests.tour.photographs import photograph
from tests.tour.stage import Actor


async def improve(actor: Actor) -> AsyncIterator[bytes]:
    await actor.user.say(actor.words("кот у окна кафе «Ромашка»", "a cat at the window of “Daisy”"))
    offer = await actor.see(_labelled(actor.say.plain("button-improve")))
    yield await actor.photograph()
    await actor.press(offer, actor.say.plain("button-improve"))
    versions = await actor.see(_labelled(actor.say.plain("improve-keep")))
    yield await actor.photograph()
    await actor.press(versions, "2")
    card = await actor.see(_labelled(actor.say.plain("button-start")))
    yield await actor.photograph()
    await actor.press(card, actor.say.plain("button-start"))
    await actor.see(is_photo)
    yield await actor.photograph()


async def describe(actor: Actor) -> AsyncIterator[bytes]:
    await actor.user.send_photo(photograph("harbour"))
    card = await actor.see(_labelled(actor.say.plain("button-describe")))
    await actor.press(card, actor.say.plain("button-describe"))
    described = await actor.see(_labelled(actor.say.plain("describe-make")))
    yield await actor.photograph()
    await actor.press(described, actor.say.plain("describe-make"))
    await actor.see(is_photo)
    yield await actor.photograph()


async def check_text(actor: Actor) -> AsyncIterator[bytes]:
    sign = actor.words(
        "дверь пекарни, вывеска «Открыто» #typo", "a bakery door, a sign “Open” #typo"
    )
    await actor.user.say(f"/image {sign}")
    result = await actor.see(is_photo)
    yield await actor.photograph()
    await actor.press(result, actor.say.plain("result-check"))
    found = await actor.see(_labelled(actor.say.plain("check-repair-spot")))
    yield await actor.photograph()
    await actor.press(found, actor.say.plain("check-repair-spot"))
    repaired = await actor.see(
        lambda message: is_photo(message) and message["message_id"] > found["message_id"]
    )
    await actor.press(repaired, actor.say.plain("result-check"))
    await actor.see("✅")
    yield await actor.photograph()


async def translation(actor: Actor) -> AsyncIterator[bytes]:
    await actor.user.say("/image красный кот у окна, вывеска «Открыто»")
    result = await actor.see(is_photo)
    await actor.press(result, actor.say.plain("result-details"))
    result = await actor.see(is_photo)
    yield await actor.photograph()
    button = next(label for label in labels(result) if actor.say.plain("result-as_is") in label)
    await actor.press(result, button)
    await actor.see(
        lambda message: is_photo(message) and message["message_id"] > result["message_id"]
    )
    yield await actor.photograph()


def _labelled(beginning: str) -> Callable[[Message], bool]:
    """Return whether a message has a button whose label starts so."""
    return lambda message: any(label.startswith(beginning) for label in labels(message))
