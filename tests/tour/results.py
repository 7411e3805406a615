"""Scenes: the buttons of a result."""

from collections.abc import AsyncIterator

from tests.message import Message, buttons, is_clip, is_photo
from tests.tour.photographs import photograph
from tests.tour.stage import Actor, is_document


async def animate(actor: Actor) -> AsyncIterator[bytes]:
    result = await _picture(actor)
    yield await actor.photograph()
    await actor.press(result, actor.say.plain("result-animate"))
    await actor.see(lambda message: "🎬" in message.get("text", "") and buttons(message))
    await actor.user.say(actor.words("лодка качается на волнах", "the boat rocks on the waves"))
    await actor.see(is_clip)
    yield await actor.photograph()


async def variations(actor: Actor) -> AsyncIterator[bytes]:
    result = await _picture(actor)
    await actor.press(result, actor.say.plain("result-vary"))
    below = await actor.see(actor.say.plain("results-next"))
    yield await actor.photograph()
    await actor.press(below, actor.say.plain("result-animate"))
    await actor.see(lambda message: _labelled(message, "4"))
    yield await actor.photograph()


async def formats(actor: Actor) -> AsyncIterator[bytes]:
    await actor.user.say(actor.say.plain("button-image"))
    card = await actor.see(buttons)
    yield await actor.photograph()
    await actor.press(card, "🔲")
    await actor.see(lambda message: _labelled(message, "✓ 1:1"))
    yield await actor.photograph()
    await actor.user.say(actor.words("маяк на скале, закат", "a lighthouse on a cliff, sunset"))
    below = await actor.see("16:9 · $")
    yield await actor.photograph()
    await actor.press(below, actor.say.plain("result-formats"))
    crops = await actor.see(lambda message: _labelled(message, "✂️ 9:16"))
    yield await actor.photograph()
    await actor.press(crops, "✂️ 9:16")
    await actor.see(is_photo)
    yield await actor.photograph()


async def upscale(actor: Actor) -> AsyncIterator[bytes]:
    result = await _picture(actor)
    await actor.press(result, actor.say.plain("result-upscale"))
    choice = await actor.see(lambda message: any("×2" in one["text"] for one in buttons(message)))
    yield await actor.photograph()
    await actor.press(choice, "×2")
    larger = await actor.see(
        lambda message: is_photo(message) and message["message_id"] != result["message_id"]
    )
    await actor.press(larger, actor.say.plain("result-original"))
    await actor.see(is_document)
    yield await actor.photograph()


async def more_works(actor: Actor) -> AsyncIterator[bytes]:
    result = await _picture(actor)
    await actor.press(result, actor.say.plain("result-more"))
    fold = await actor.see(
        lambda message: _labelled(message, actor.say.plain("work-background_removal"))
    )
    yield await actor.photograph()
    await actor.press(fold, actor.say.plain("work-background_removal"))
    card = await actor.see(lambda message: _labelled(message, actor.say.plain("button-start")))
    await actor.press(card, actor.say.plain("button-start"))
    await actor.see(is_document)
    yield await actor.photograph()
    await actor.user.send_photo(photograph("harbour"))
    more = actor.say.plain("button-more-works")
    card = await actor.see(
        lambda message: (
            _labelled(message, more) and _labelled(message, actor.say.plain("work-image_edit"))
        )
    )
    await actor.press(card, more)
    card = await actor.see(lambda message: _labelled(message, actor.say.plain("work-outpaint")))
    await actor.press(card, actor.say.plain("work-outpaint"))
    card = await actor.see(lambda message: _labelled(message, "16:9"))
    yield await actor.photograph()
    await actor.press(card, "16:9")
    card = await actor.see(lambda message: _labelled(message, "✓ 16:9"))
    await actor.press(card, actor.say.plain("button-start"))
    wide = await actor.see(is_photo)
    yield await actor.photograph()
    await actor.press(wide, actor.say.plain("result-animate"))
    card = await actor.see(actor.words("Опишите, что должно происходить", "Describe what happens"))
    await actor.user.say(actor.words("лодки качаются", "the boats rock"))
    film = await actor.see(is_clip)
    await actor.press(film, actor.say.plain("result-extend_video"))
    await actor.see(lambda message: _labelled(message, f"✓ {actor.say.plain('work-extend_video')}"))
    yield await actor.photograph()
    await actor.user.say(actor.words("подходит шторм", "a storm comes"))
    await actor.see(lambda message: is_clip(message) and _number(message) > _number(film))
    yield await actor.photograph()


def _number(message: Message) -> int:
    number: int = message["message_id"]
    return number


async def seed(actor: Actor) -> AsyncIterator[bytes]:
    words = actor.words("кот на закате --seed 7", "a cat at sunset --seed 7")
    await actor.user.say(f"/image {words}")
    result = await actor.see(is_photo)
    yield await actor.photograph()
    await actor.press(result, actor.say.plain("result-seed"))
    await actor.see(is_photo)
    yield await actor.photograph()


async def favourite_and_delete(actor: Actor) -> AsyncIterator[bytes]:
    result = await _picture(actor)
    await actor.press(result, actor.say.plain("result-star"))
    starred = await actor.see(lambda message: _labelled(message, "⭐"))
    yield await actor.photograph()
    await actor.press(starred, actor.say.plain("result-ask"))
    await actor.see(lambda message: _labelled(message, actor.say.plain("result-delete")))
    yield await actor.photograph()


async def _picture(actor: Actor) -> Message:
    words = actor.words("лодка в море, рассвет, масло", "a boat at sea, dawn, oil")
    await actor.user.say(f"/image {words}")
    return await actor.see(is_photo)


def _labelled(message: Message, part: str) -> bool:
    return any(part in one["text"] for one in buttons(message))
