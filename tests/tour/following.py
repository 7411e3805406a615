"""Scenes: progress, results and history."""

from collections.abc import AsyncIterator
from functools import partial

from tests.message import Message, buttons, is_clip, is_photo, job_id
from tests.tour.stage import Actor

_PROMPTS = (
    ("дом у озера, утро", "a house by a lake, morning"),
    ("город ночью, неон", "a city at night, neon"),
    ("кот на закате", "a cat at sunset"),
    ("красное яблоко на белом столе", "a red apple on a white table"),
    ("рыба под водой", "a fish under water"),
    ("дерево осенью", "a tree in autumn"),
)


async def history(actor: Actor) -> AsyncIterator[bytes]:
    for number, prompt in enumerate(_PROMPTS):
        if number == 1:
            await actor.user.say(f"/video {actor.words('лодка в море', 'a boat at sea')}")
            await actor.user.agree()
            await actor.see(is_clip)
        await actor.user.say(f"/image {actor.words(*prompt)}")
        await actor.see(is_photo)
    await actor.user.say("/my")
    sheet = await actor.see(lambda message: is_photo(message) and _has(message, "6"))
    yield await actor.photograph()
    await actor.press(sheet, "2")
    await actor.see(lambda message: _has(message, actor.say.plain("history-back")))
    yield await actor.photograph()


async def wait(actor: Actor) -> AsyncIterator[bytes]:
    await actor.user.say(f"/image {actor.words('цветок на лугу', 'a flower in a meadow')}")
    await actor.see(is_photo)
    await actor.user.say(f"/image {actor.words('птица в небе', 'a bird in the sky')} #slow")
    card = await actor.see("⚙️")
    yield await actor.photograph()
    await actor.press(card, actor.say.plain("button-stop"))
    await actor.see("✖️")
    yield await actor.photograph()


async def status(actor: Actor) -> AsyncIterator[bytes]:
    await actor.user.say(f"/image {actor.words('рыба под водой', 'a fish under water')}")
    done = await actor.see(is_photo)
    await actor.user.say(f"/video {actor.words('дом у озера ночью', 'a house by a lake at night')}")
    await actor.user.agree()
    await actor.see(actor.words("перед вами", "before yours"))
    for question in ("/status", f"/status {job_id(done)}"):
        asked = await actor.user.say(question)
        await actor.see(partial(_answers, asked))
    yield await actor.photograph()
    await actor.see(is_clip)


async def refusals(actor: Actor) -> AsyncIterator[bytes]:
    await actor.user.say(
        f"/image {actor.words('что-то непозволительное', 'something forbidden')} #nsfw"
    )
    await actor.see("❌")
    await actor.user.say(f"/video {actor.words('кот на скейте 20s', 'a cat on a skateboard 20s')}")
    await actor.see("--model")
    yield await actor.photograph()


def _answers(asked: Message, message: Message) -> bool:
    return bool(message["message_id"] > asked["message_id"])


def _has(message: Message, label: str) -> bool:
    return any(label in one["text"] for one in buttons(message))
