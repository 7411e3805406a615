"""Scenes: ordering an image or a video."""

import asyncio
from collections.abc import AsyncIterator

from tests.message import buttons, has_job_id, is_clip, is_photo, labels, words
from tests.recordings import recording
from tests.tour.photographs import painted_over, photograph
from tests.tour.stage import Actor


async def start(actor: Actor) -> AsyncIterator[bytes]:
    await actor.user.say("/start")
    await actor.see(actor.name)
    yield await actor.photograph()


async def picture(actor: Actor) -> AsyncIterator[bytes]:
    await actor.user.say(actor.say.plain("button-image"))
    await actor.see(buttons)
    yield await actor.photograph()
    await actor.user.say(actor.words("дом у озера ночью, масло", "a house by a lake at night, oil"))
    await actor.see(is_photo)
    yield await actor.photograph()


async def one_message(actor: Actor) -> AsyncIterator[bytes]:
    await actor.user.say(
        f"/image {actor.words('кит над облаками, акварель', 'a whale over clouds, watercolour')}"
    )
    card = await actor.see(has_job_id)
    yield await actor.photograph()
    result = await actor.see(is_photo)
    assert result["message_id"] == card["message_id"]
    yield await actor.photograph()
    await actor.press(result, actor.say.plain("result-details"))
    await actor.see(lambda message: "FLUX.1" in words(message))
    yield await actor.photograph()


async def options(actor: Actor) -> AsyncIterator[bytes]:
    await actor.user.say("/image")
    await actor.press(await actor.see(buttons), actor.say.plain("option-size"))
    listed = await actor.see(lambda message: any("4:5" in label for label in labels(message)))
    yield await actor.photograph()
    await actor.press(listed, "4:5")
    await actor.see(lambda message: "≈" in words(message))
    yield await actor.photograph()


async def line(actor: Actor) -> AsyncIterator[bytes]:
    text = actor.words("8s 9:16 без звука кот на скейте", "8s 9:16 no sound a cat on a skateboard")
    await actor.user.say(f"/video {text}")
    await actor.see("≈")
    yield await actor.photograph()
    await actor.user.agree()
    await actor.see(is_clip)
    yield await actor.photograph()


async def voice(actor: Actor) -> AsyncIterator[bytes]:
    said = actor.words("Маяк на скале на закате.", "A lighthouse on a cliff at sunset.")
    await actor.user.send_files(recording(said, seconds=4), send_as="voice")
    card = await actor.see("🎤")
    yield await actor.photograph()
    await actor.press(card, actor.say.plain("button-image"))
    result = await actor.see(is_photo)
    said = actor.words("Сделай фон синим.", "Make the background blue.")
    await actor.user.send_files(
        recording(said, seconds=2), send_as="voice", reply_to=result["message_id"]
    )
    await actor.see(lambda message: is_photo(message) and said.rstrip(".") in words(message))
    yield await actor.photograph()


async def model(actor: Actor) -> AsyncIterator[bytes]:
    await actor.user.say(actor.say.plain("button-image"))
    card = await actor.see(buttons)
    await actor.press(card, actor.say.plain("option-model"))
    await actor.see(lambda message: any("GPT Image 2" in text for text in labels(message)))
    yield await actor.photograph()
    await actor.press(await actor.user.last_from_bot(), "Nano Banana 2")
    await actor.see(lambda message: any("Nano Banana 2" in text for text in labels(message)))
    await actor.user.say(actor.words("маяк в шторм", "a lighthouse in a storm"))
    await actor.see(is_photo)
    yield await actor.photograph()


async def edit(actor: Actor) -> AsyncIterator[bytes]:
    await actor.user.send_photo(photograph("harbour"))
    await actor.see(buttons)
    yield await actor.photograph()
    await actor.user.send_photo(
        photograph("harbour"),
        actor.words("сделай закат и тёплый свет", "make it sunset, warm light"),
    )
    await actor.see(is_photo)
    yield await actor.photograph()


async def references(actor: Actor) -> AsyncIterator[bytes]:
    await actor.user.send_files(
        photograph("harbour"),
        photograph("hills"),
        caption=actor.words("гавань у этих холмов", "the harbour below these hills"),
        send_as="photo",
    )
    await actor.see(is_photo)
    yield await actor.photograph()


async def mask(actor: Actor) -> AsyncIterator[bytes]:
    original = await actor.user.send_photo(photograph("harbour"))
    card = await actor.see(buttons)
    await actor.press(card, actor.say.plain("work-inpainting"))
    await actor.see(lambda message: "🖌" in message.get("text", ""))
    yield await actor.photograph()
    await actor.user.send_files(
        painted_over("harbour"),
        caption=actor.words("солнце, утро --seed 29", "the sun, morning --seed 34"),
        send_as="photo",
        reply_to=original["message_id"],
    )
    await actor.see(is_photo)
    yield await actor.photograph()


async def presets(actor: Actor) -> AsyncIterator[bytes]:
    await actor.user.say("/settings")
    card = await actor.see(buttons)
    await actor.press(card, actor.say.plain("button-save-preset"))
    await asyncio.sleep(1)
    await actor.user.say(actor.words("Для обложек", "For covers"))
    await asyncio.sleep(1)
    await actor.user.say("/presets")
    await actor.see("⭐")
    yield await actor.photograph()
