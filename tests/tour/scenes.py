"""What the tour shows, in order: each scene is played by somebody new and yields what their phone shows."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from tests.tour.stage import Actor

type Words = dict[str, str]
type Play = Callable[[Actor], AsyncIterator[bytes]]


@dataclass(frozen=True)
class Scene:
    name: str
    title: Words
    text: Words
    play: Play


TITLE = {"en": "A tour", "ru": "Экскурсия"}
INTRODUCTION = {
    "en": (
        "What a team does with Darkroom, as its people see it. Every picture was taken by `make tour` from the running"
        " service with its stand-ins for Telegram and fal; `make run` shows the same on your own screen."
    ),
    "ru": (
        "Что команда делает с Darkroom — глазами людей. Каждый снимок сделан командой `make tour` с работающего сервиса"
        " и его дублёров Telegram и fal; `make run` покажет то же на вашем экране."
    ),
}


async def start(actor: Actor) -> AsyncIterator[bytes]:
    await actor.person.say("/start")
    await actor.see(lambda message: NAMED[actor.language] in message.get("text", ""))
    yield await actor.photograph()


async def picture(actor: Actor) -> AsyncIterator[bytes]:
    label = actor.say.plain("button-image")
    await actor.person.say(label)
    await actor.see(lambda message: "reply_markup" in message)
    yield await actor.photograph()
    await actor.person.say(LIGHTHOUSE[actor.language])
    await actor.see(lambda message: "photo" in message)
    yield await actor.photograph()


NAMED = {"ru": "Аня", "en": "Ben"}
LIGHTHOUSE = {"ru": "маяк ночью, шторм, масло", "en": "a lighthouse at night, storm, oil"}

SCENES = (
    Scene(
        "start",
        {"en": "Hello", "ru": "Знакомство"},
        {
            "en": "The bot says what it does in three lines. It speaks a person's own language.",
            "ru": "Бот в трёх строках говорит, что умеет, на языке человека.",
        },
        start,
    ),
    Scene(
        "picture",
        {"en": "A picture from words", "ru": "Картинка по описанию"},
        {
            "en": "Press, choose, write. The answer comes at once and shows how the work goes; the picture follows.",
            "ru": "Нажать, выбрать, написать. Ответ приходит сразу и показывает ход работы; следом придёт картинка.",
        },
        picture,
    ),
)
