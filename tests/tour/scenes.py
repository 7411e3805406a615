"""The scenes of the tour, in order: each is played by a new user and yields screenshots of their phone."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

from tests.tour import (
    access,
    comparing,
    following,
    helping,
    making,
    results,
    steps,
    talking,
    team,
)
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


TITLE = {"en": "Screenshots", "ru": "Снимки экрана"}
INTRODUCTION = {
    "en": (
        "What users of Darkroom see. `make tour` took every screenshot from the running service with"
        " local fakes of Telegram and fal; `make run` starts the same on your machine."
    ),
    "ru": (
        "Что видят пользователи Darkroom. Все снимки сделала команда `make tour` с работающего"
        " сервиса и локальных фейков Telegram и fal; `make run` запустит то же на вашем компьютере."
    ),
}

SCENES = (
    Scene(
        "start",
        {"en": "Start", "ru": "Знакомство"},
        {
            "en": "The bot explains in a few lines what it does, in the user's language.",
            "ru": "Бот в нескольких строках рассказывает, что умеет, на языке пользователя.",
        },
        making.start,
    ),
    Scene(
        "access",
        {"en": "Access request", "ru": "Просьба о доступе"},
        {
            "en": (
                "A user who is not on the allowlist gets a refusal and can request access. An"
                " admin answers with one press."
            ),
            "ru": (
                "Тому, кого нет в списке, бот отказывает и предлагает попросить доступ."
                " Администратор отвечает одним нажатием."
            ),
        },
        access.asking,
        role=Role.STRANGER,
    ),
    Scene(
        "picture",
        {"en": "An image from text", "ru": "Изображение по описанию"},
        {
            "en": (
                "Press a button, choose the options, write the prompt. The answer comes at once"
                " and shows the progress; then it becomes the image."
            ),
            "ru": (
                "Нажмите кнопку, выберите настройки, напишите описание. Ответ приходит сразу и"
                " показывает ход работы, потом сам становится изображением."
            ),
        },
        making.picture,
    ),
    Scene(
        "going-on",
        {"en": "Going on in words", "ru": "Дальше словами"},
        {
            "en": (
                "Just write. After a result the first button changes it, and the last choice is the"
                " first one next time; a complaint is no prompt."
            ),
            "ru": (
                "Просто пишите. После результата первая кнопка меняет его, а последний выбор"
                " в следующий раз будет первым; жалоба — не описание."
            ),
        },
        talking.going_on,
    ),
    Scene(
        "plain-text",
        {"en": "Words that act at once", "ru": "Слова действуют сразу"},
        {
            "en": (
                "In `/settings` each user decides what plain words do; “↩️ Not this” takes it back"
                " at no cost while it is not sent."
            ),
            "ru": (
                "В `/settings` каждый решает, что делать с обычным текстом; «↩️ Не то» бесплатно"
                " возвращает задание, пока оно не отправлено."
            ),
        },
        talking.at_once,
    ),
    Scene(
        "one-message",
        {"en": "One message for one result", "ru": "Одно сообщение — один результат"},
        {
            "en": (
                "The message that shows the progress becomes the image, with its prompt, price and"
                " time. “ℹ️ Details” has the model, the options, the seed and the id."
            ),
            "ru": (
                "Сообщение о ходе работы само становится изображением: с описанием, ценой и"
                " временем. За «ℹ️ Подробности» — модель, настройки, seed и номер задания."
            ),
        },
        making.one_message,
    ),
    Scene(
        "options",
        {"en": "Every option of the model", "ru": "Все настройки модели"},
        {
            "en": (
                "Each button shows an option and its value; a press opens the values that the"
                " model has, with prices where they differ."
            ),
            "ru": (
                "На каждой кнопке — настройка и её значение; нажатие открывает все значения,"
                " которые есть у модели, с ценами, если они разные."
            ),
        },
        making.options,
    ),
    Scene(
        "choosing-a-model",
        {"en": "Choosing a model", "ru": "Выбор модели"},
        {
            "en": (
                "Each model shows the price of this very order and the time that it usually takes"
                " here. Admins decide which models are offered, and to whom. In a line:"
                " `--model nano-banana-2`."
            ),
            "ru": (
                "У каждой модели видна цена именно этого задания и сколько времени оно обычно"
                " занимает здесь. Какие модели предлагать и кому, решают администраторы. В строке:"
                " `--model nano-banana-2`."
            ),
        },
        making.model,
    ),
    Scene(
        "line",
        {"en": "Everything in one line", "ru": "Всё одной строкой"},
        {
            "en": "Write options next to the prompt; the bot shows how it understood them.",
            "ru": "Настройки можно написать рядом с описанием; бот покажет, как он их понял.",
        },
        making.line,
    ),
    Scene(
        "voice",
        {"en": "By voice", "ru": "Голосом"},
        {
            "en": (
                "A voice message, a video message or an audio file is taken like the same words in"
                " writing. The answer shows what was understood, behind 🎤."
            ),
            "ru": (
                "Голосовое, видеосообщение или аудиофайл — то же, что слова текстом. В ответе после"
                " 🎤 видно, что бот услышал."
            ),
        },
        making.voice,
    ),
    Scene(
        "edit",
        {"en": "From your own image", "ru": "Из своего изображения"},
        {
            "en": (
                "A photo with a caption is an edit. Without a caption the bot asks what to do with"
                " the photo."
            ),
            "ru": "Фотография с подписью — это правка. Без подписи бот спросит, что с ней сделать.",
        },
        making.edit,
    ),
    Scene(
        "references",
        {"en": "Several images together", "ru": "Несколько изображений вместе"},
        {
            "en": "The images of an album are references for one new image.",
            "ru": "Изображения альбома вместе становятся основой одного нового.",
        },
        making.references,
    ),
    Scene(
        "mask",
        {"en": "Repaint a part", "ru": "Изменить часть"},
        {
            "en": (
                "Paint over a part in Telegram's editor and describe what should be there. The"
                " rest stays as it is."
            ),
            "ru": (
                "Закрасьте место в редакторе Telegram и напишите, что там должно быть. Остальное"
                " не изменится."
            ),
        },
        making.mask,
    ),
    Scene(
        "animate",
        {"en": "Animate an image", "ru": "Оживить изображение"},
        {
            "en": "Press a button under any image and describe the motion; the bot makes a video.",
            "ru": "Нажмите кнопку под изображением и опишите движение: бот сделает видео.",
        },
        results.animate,
    ),
    Scene(
        "variations",
        {"en": "Variations and the buttons of an album", "ru": "Варианты и кнопки альбома"},
        {
            "en": "Four similar images. The buttons below ask which of them you mean.",
            "ru": "Четыре похожих изображения. Кнопки под ними спросят, какое вы имеете в виду.",
        },
        results.variations,
    ),
    Scene(
        "album-images",
        {"en": "One image of an album", "ru": "Одно изображение из альбома"},
        {
            "en": "A number opens one image of the album in place; the buttons then act on it.",
            "ru": "Номер открывает одно изображение альбома на месте, и кнопки относятся к нему.",
        },
        steps.album,
    ),
    Scene(
        "chain",
        {"en": "A chain of edits", "ru": "Цепочка правок"},
        {
            "en": (
                "“Back” shows the step before in the same message, and “Forward” returns. The"
                " family tree opens any step, and what was made from it."
            ),
            "ru": (
                "«Назад» покажет предыдущий шаг в том же сообщении, «Вперёд» вернёт. Дерево"
                " правок откроет любой шаг и то, что из него сделано."
            ),
        },
        steps.chain,
    ),
    Scene(
        "formats",
        {"en": "One idea in several formats", "ru": "Одна идея в нескольких форматах"},
        {
            "en": (
                "One press makes the chosen formats, each for its price; they come as one album. A"
                " finished image can also be cropped, for free."
            ),
            "ru": (
                "Одно нажатие делает выбранные форматы, у каждого своя цена; приходят они одним"
                " альбомом. Готовое изображение можно и обрезать — бесплатно."
            ),
        },
        results.formats,
    ),
    Scene(
        "comparing",
        {"en": "A blind comparison of models", "ru": "Сравнение моделей вслепую"},
        {
            "en": (
                "One prompt on two to four models. The results come as letters; after the vote the"
                " bot shows names, prices and times, and counts the vote in the team's ranking."
            ),
            "ru": (
                "Одно описание для двух–четырёх моделей. Результаты приходят под буквами; после"
                " голоса бот показывает названия, цены и время, а голос идёт в рейтинг команды."
            ),
        },
        comparing.comparing,
    ),
    Scene(
        "seed",
        {"en": "The same seed or another one", "ru": "То же самое или с другим seed"},
        {
            "en": (
                "The same seed repeats an image exactly. One press repeats the prompt with another"
                " seed."
            ),
            "ru": (
                "С тем же seed изображение повторится точно. Одно нажатие — и то же описание"
                " пойдёт с другим seed."
            ),
        },
        results.seed,
    ),
    Scene(
        "upscale",
        {"en": "Upscaling, and the original as a file", "ru": "Увеличение и оригинал файлом"},
        {
            "en": "Enlarge by two or four. The original arrives uncompressed, as a document.",
            "ru": "Увеличьте в два или четыре раза. Оригинал приходит документом, без сжатия.",
        },
        results.upscale,
    ),
    Scene(
        "more-works",
        {
            "en": "Background, edges, two frames, a longer video",
            "ru": "Фон, края, два кадра, видео длиннее",
        },
        {
            "en": (
                "Behind “⋯ More”: remove the background (a PNG file with transparency), extend the"
                " edges to another format, erase a part, make a video between two frames. A video,"
                " the bot's or your own, can be continued and upscaled."
            ),
            "ru": (
                "За кнопкой «⋯ Ещё»: убрать фон (PNG с прозрачностью), дорисовать края до другого"
                " формата, стереть часть, снять видео между двумя кадрами. Видео, готовое или своё,"
                " можно продолжить и увеличить."
            ),
        },
        results.more_works,
    ),
    Scene(
        "translation",
        {
            "en": "Russian words for a model that reads English",
            "ru": "Русские слова, английская модель",
        },
        {
            "en": (
                "Some models read English only. The prompt is translated for them, inscriptions stay"
                " as they are, and the result shows what the model got. One press repeats the order"
                " with the user's own words."
            ),
            "ru": (
                "Некоторые модели понимают только английский. Описание для них переводится, надписи"
                " остаются как есть, а под результатом видно, что получила модель. Одно нажатие"
                " повторяет заказ без перевода."
            ),
        },
        helping.translation,
    ),
    Scene(
        "improve",
        {"en": "Better words", "ru": "Слова получше"},
        {
            "en": (
                "“✨ Improve” offers three fuller versions of a prompt. Texts in quotation marks,"
                " names, hashtags and flags stay as they are."
            ),
            "ru": (
                "«✨ Улучшить» предлагает три варианта описания подробнее. Надписи в кавычках,"
                " имена, хештеги и флаги остаются как есть."
            ),
        },
        helping.improve,
    ),
    Scene(
        "describe",
        {"en": "Words for an image", "ru": "Слова по изображению"},
        {
            "en": "“📝 Describe” writes the prompt that would make a photo's or a result's like.",
            "ru": "«📝 Описать» пишет описание, по которому получится похожее изображение.",
        },
        helping.describe,
    ),
    Scene(
        "check-text",
        {"en": "Text on an image", "ru": "Надпись на изображении"},
        {
            "en": (
                "“🔎 Check the text” reads what is really on the image, marks what differs from the"
                " prompt, and offers to repair just that spot."
            ),
            "ru": (
                "«🔎 Проверить надпись» читает, что на изображении написано на самом деле, отмечает"
                " отличия от описания и предлагает исправить только это место."
            ),
        },
        helping.check_text,
    ),
    Scene(
        "history",
        {"en": "History", "ru": "История"},
        {
            "en": "/my is a contact sheet with pages. A number opens the image and its buttons.",
            "ru": (
                "/my — контактный лист, который можно листать. Номер открывает изображение и его"
                " кнопки."
            ),
        },
        following.history,
    ),
    Scene(
        "delete",
        {"en": "Favourites and deletion", "ru": "Избранное и удаление"},
        {
            "en": (
                "A star adds a result to the favourites. Deletion asks once, then removes the"
                " messages, the files and the record."
            ),
            "ru": (
                "Звезда добавляет результат в избранное. Перед удалением бот спросит один раз,"
                " потом уберёт сообщения, файлы и запись."
            ),
        },
        results.favourite_and_delete,
    ),
    Scene(
        "wait",
        {"en": "Progress and cancel", "ru": "Ожидание и отмена"},
        {
            "en": (
                "The position in the queue, the time so far and the usual time. Cancel reports"
                " what was charged."
            ),
            "ru": (
                "Место в очереди, сколько прошло и сколько занимает обычно. Отмена сообщит, что"
                " списано."
            ),
        },
        following.wait,
    ),
    Scene(
        "status",
        {"en": "Status", "ru": "Состояние задания"},
        {
            "en": "/status shows your latest job, or any of your jobs by its id.",
            "ru": "/status покажет последнее задание, а с номером — любое ваше.",
        },
        following.status,
    ),
    Scene(
        "presets",
        {"en": "Presets", "ru": "Наборы настроек"},
        {
            "en": "Save settings under a name and apply them with one press.",
            "ru": "Сохраните настройки под своим именем и применяйте их одним нажатием.",
        },
        making.presets,
    ),
    Scene(
        "refusal",
        {"en": "Errors", "ru": "Ошибки"},
        {
            "en": "Every error names its reason and offers the next step.",
            "ru": "Каждая ошибка называет причину и предлагает следующий шаг.",
        },
        following.refusals,
    ),
    Scene(
        "money",
        {"en": "Spending", "ru": "Расходы"},
        {
            "en": (
                "/money shows what was spent, what is left of each budget, and what for. Admins"
                " see the spending by user, by model and by day."
            ),
            "ru": (
                "/money покажет, сколько потрачено, сколько осталось по каждому бюджету и на что"
                " хватит. Администраторы видят расходы по людям, моделям и дням."
            ),
        },
        access.money,
    ),
    Scene(
        "budget",
        {"en": "Budget", "ru": "Бюджет"},
        {
            "en": (
                "When the budget is spent, the bot says when it resets and whom to ask. An admin"
                " raises it, and the same order works."
            ),
            "ru": (
                "Когда бюджет исчерпан, бот скажет, когда он обновится и к кому обратиться."
                " Администратор поднимет лимит, и тот же заказ пройдёт."
            ),
        },
        access.budget,
    ),
    Scene(
        "queue",
        {"en": "A refusal keeps the order", "ru": "Отказ сохраняет заказ"},
        {
            "en": (
                "With too many jobs at once, one press queues the order; it starts by itself."
                " Another cancels a job and goes on. Over a budget, one press repeats it when"
                " possible."
            ),
            "ru": (
                "Если заданий слишком много, одно нажатие ставит заказ в очередь, и он начнётся"
                " сам; другое отменит начатое. Когда нет бюджета, заказ повторится, как только"
                " будет можно."
            ),
        },
        access.queue,
    ),
    Scene(
        "sharing",
        {"en": "Sharing and inline search", "ru": "Поделиться и найти из любого чата"},
        {
            "en": (
                "One press shares a result into another chat. The bot's name and a few words find"
                " any of your results there."
            ),
            "ru": (
                "Одно нажатие отправит результат в другой чат. Имя бота и пара слов найдут там"
                " любой из ваших результатов."
            ),
        },
        team.sharing,
    ),
    Scene(
        "group",
        {"en": "Groups", "ru": "Группы"},
        {
            "en": (
                "Answers stay in their topic, and the caption names the author. Everybody can go"
                " on from a result, at their own expense; only the author deletes it."
            ),
            "ru": (
                "Ответы остаются в своей теме, автор назван в подписи. Продолжить с результата"
                " может каждый — за свой счёт, а удалит его только автор."
            ),
        },
        team.group,
    ),
    Scene(
        "calm-group",
        {"en": "A calm group", "ru": "Тихая группа"},
        {
            "en": (
                "Settings and refusals are seen only by the user whom they are for. A quick image"
                " is acknowledged by a reaction on its order, and is the only message."
            ),
            "ru": (
                "Настройки и отказы видит только тот, кому они нужны. На быстрый заказ бот отвечает"
                " реакцией, а в чат приходит одно сообщение — само изображение."
            ),
        },
        team.calm_group,
    ),
    Scene(
        "admin",
        {"en": "For admins", "ru": "Для администраторов"},
        {
            "en": "Spending by user, the queues, limits, models, access, and a pause with a message.",
            "ru": "Расходы по пользователям, очереди, лимиты, модели, доступ и пауза с пояснением.",
        },
        team.admin,
        role=Role.ADMIN,
    ),
)
