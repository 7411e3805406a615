"""What the tour shows, in order: each scene is played by somebody new and yields what their phone shows."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from tests.tour import access, following, making, results, team
from tests.tour.stage import Actor, Role

type Words = dict[str, str]
type Play = Callable[[Actor], AsyncIterator[bytes]]


@dataclass(frozen=True)
class Scene:
    name: str
    title: Words
    text: Words
    play: Play
    role: Role = Role.MEMBER


TITLE = {"en": "A tour", "ru": "Экскурсия"}
INTRODUCTION = {
    "en": (
        "What a team does with Darkroom, as its people see it. Every screenshot was taken by `make tour` from the"
        " running service with its stand-ins for Telegram and fal; `make run` shows the same on your own screen."
    ),
    "ru": (
        "Что команда делает с Darkroom — глазами людей. Каждый снимок сделан командой `make tour` с работающего сервиса"
        " и его дублёров Telegram и fal; `make run` покажет то же на вашем экране."
    ),
}

SCENES = (
    Scene(
        "start",
        {"en": "Hello", "ru": "Знакомство"},
        {
            "en": "The bot says what it does in a few lines, in a person's own language.",
            "ru": "Бот в нескольких строках говорит, что умеет, на языке человека.",
        },
        making.start,
    ),
    Scene(
        "access",
        {"en": "Asking to be let in", "ru": "Попросить доступ"},
        {
            "en": "A stranger is refused politely and may ask; the admin answers with one press, and work begins.",
            "ru": "Незнакомому бот вежливо отказывает и предлагает попросить; администратор отвечает одним нажатием.",
        },
        access.asking,
        role=Role.STRANGER,
    ),
    Scene(
        "picture",
        {"en": "An image from words", "ru": "Изображение по описанию"},
        {
            "en": "Press, choose, write. The answer comes at once and shows how the work goes; the image follows.",
            "ru": "Нажать, выбрать, написать. Ответ приходит сразу и показывает ход работы; следом — изображение.",
        },
        making.picture,
    ),
    Scene(
        "line",
        {"en": "Everything in one line", "ru": "Всё одной строкой"},
        {
            "en": "Options may stand beside the words; the card says what was understood.",
            "ru": "Настройки можно писать рядом с описанием; карточка скажет, что бот понял.",
        },
        making.line,
    ),
    Scene(
        "edit",
        {"en": "From an image of one's own", "ru": "Из своего изображения"},
        {
            "en": "A photo with a caption is an edit. Without one the bot asks what to do with it.",
            "ru": "Фотография с подписью — это правка. Без подписи бот спросит, что с ней сделать.",
        },
        making.edit,
    ),
    Scene(
        "references",
        {"en": "Several images together", "ru": "Несколько изображений вместе"},
        {
            "en": "An album is gathered, and its images are references for one new image.",
            "ru": "Альбом собирается целиком, и его изображения вместе становятся основой нового.",
        },
        making.references,
    ),
    Scene(
        "mask",
        {"en": "Repaint a part", "ru": "Изменить часть"},
        {
            "en": "Paint over a place in Telegram's own editor and say what shall be there; the rest stays.",
            "ru": "Закрасьте место прямо в редакторе Telegram и скажите, что там должно быть; остальное не изменится.",
        },
        making.mask,
    ),
    Scene(
        "animate",
        {"en": "Bring an image to life", "ru": "Оживить изображение"},
        {
            "en": "One press under any image, a few words of what moves, and a video comes.",
            "ru": "Одно нажатие под любым изображением, пара слов о движении — и приходит видео.",
        },
        results.animate,
    ),
    Scene(
        "variations",
        {"en": "Variations, and an album's buttons", "ru": "Варианты и кнопки альбома"},
        {
            "en": "Four similar images; what can be done with them stands below, and asks which one is meant.",
            "ru": "Четыре похожих изображения; что с ними можно делать — ниже, и бот спросит, какое имеется в виду.",
        },
        results.variations,
    ),
    Scene(
        "seed",
        {"en": "The same, or another seed", "ru": "То же самое или с другим seed"},
        {
            "en": "A seed repeats an image exactly; one press takes the same words with another.",
            "ru": "С тем же seed изображение повторится точь-в-точь; одно нажатие — и то же описание с другим.",
        },
        results.seed,
    ),
    Scene(
        "upscale",
        {"en": "Larger, and the original as a file", "ru": "Крупнее — и оригинал файлом"},
        {
            "en": "Enlarged by two or four; the stored file comes uncompressed, as a document.",
            "ru": "Увеличение в два или четыре раза; сохранённый файл приходит без сжатия, документом.",
        },
        results.upscale,
    ),
    Scene(
        "history",
        {"en": "Everything one has made", "ru": "Всё, что сделано"},
        {
            "en": "/my is a contact sheet that turns its pages in place. Tap a number for the image and its buttons.",
            "ru": "/my — контактный лист, который листается на месте. Номер откроет изображение со всеми его кнопками.",
        },
        following.history,
    ),
    Scene(
        "delete",
        {"en": "Favourites, and deleting for good", "ru": "Избранное и удаление насовсем"},
        {
            "en": "A star finds it again; deleting asks once, then messages, files and record are gone.",
            "ru": "Звезда поможет найти снова; удаление спросит один раз и уберёт сообщения, файлы и запись.",
        },
        results.favourite_and_delete,
    ),
    Scene(
        "wait",
        {"en": "An honest wait", "ru": "Честное ожидание"},
        {
            "en": "The place in the queue, the time so far, the usual time; and a way out that says what it cost.",
            "ru": "Место в очереди, сколько прошло, сколько занимает обычно; и отмена, которая скажет, чем кончилось.",
        },
        following.wait,
    ),
    Scene(
        "status",
        {"en": "How is it doing?", "ru": "Как там задание?"},
        {
            "en": "/status shows the latest job, and any of one's own by its id.",
            "ru": "/status покажет последнее задание, а с номером — любое своё.",
        },
        following.status,
    ),
    Scene(
        "presets",
        {"en": "Settings under a name", "ru": "Настройки под своим именем"},
        {
            "en": "What one uses often is saved and taken with one press.",
            "ru": "Частые настройки сохраняются и берутся одним нажатием.",
        },
        making.presets,
    ),
    Scene(
        "refusal",
        {"en": "When it does not work", "ru": "Когда не получилось"},
        {
            "en": "Every refusal names its reason and offers the next step.",
            "ru": "Каждый отказ называет причину и предлагает следующий шаг.",
        },
        following.refusals,
    ),
    Scene(
        "budget",
        {"en": "A spent budget", "ru": "Бюджет исчерпан"},
        {
            "en": "The refusal says when it starts over and whom to ask; an admin raises it, and the same order works.",
            "ru": "Бот скажет, когда счёт обнулится и к кому пойти; администратор добавит — и заказ пройдёт.",
        },
        access.budget,
    ),
    Scene(
        "group",
        {"en": "Together in a group", "ru": "Вместе в группе"},
        {
            "en": "Answers stay in their topic, the caption names the author, and the buttons work for them alone.",
            "ru": "Ответы остаются в своей теме, автор назван в подписи, а кнопки работают только для него.",
        },
        team.group,
    ),
    Scene(
        "admin",
        {"en": "For admins", "ru": "Для администраторов"},
        {
            "en": "Who used what, how the queues stand, limits and people, and a pause with a message.",
            "ru": "Кто что потратил, как идут очереди, лимиты и люди — и пауза с пояснением.",
        },
        team.admin,
        role=Role.ADMIN,
    ),
)
