"""Words which, put into a prompt, ask for trouble, so that people and tests can see every road."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

_HASHTAG = re.compile(r"(?<!\S)#\w+")


class Stage(StrEnum):
    """Where on its way the trouble meets a request."""

    SUBMIT = "submit"
    QUEUE = "queue"
    RESULT = "result"
    FILE = "file"
    WEBHOOK = "webhook"


@dataclass(frozen=True)
class Trouble:
    """What happens, in words for people."""

    stage: Stage
    ru: str
    en: str


WORDS: Mapping[str, Trouble] = {
    "#down": Trouble(
        Stage.SUBMIT,
        "Отправка отвечает 503, в очередь ничего не встаёт.",
        "Submitting is answered with 503, and nothing is queued.",
    ),
    "#busy": Trouble(
        Stage.SUBMIT,
        "Отправка отвечает 429, в очередь ничего не встаёт.",
        "Submitting is answered with 429, and nothing is queued.",
    ),
    "#locked": Trouble(
        Stage.SUBMIT,
        "Отправка отвечает 403: на счету кончились деньги. В очередь ничего не встаёт.",
        "Submitting is answered with 403: the balance is exhausted. Nothing is queued.",
    ),
    "#lost": Trouble(
        Stage.SUBMIT,
        "Соединение обрывается без ответа, а запрос выполняется.",
        "The connection is closed without an answer, and yet the request runs.",
    ),
    "#500": Trouble(
        Stage.SUBMIT,
        "Отправка отвечает 500, а запрос выполняется.",
        "Submitting is answered with 500, and yet the request runs.",
    ),
    "#hang": Trouble(
        Stage.SUBMIT,
        "Запрос выполняется, но ответ на отправку приходит на минуту позже.",
        "The request runs, but submitting is answered a minute late.",
    ),
    "#slow": Trouble(
        Stage.QUEUE,
        "Всё идёт в десять раз медленнее.",
        "Everything takes ten times as long.",
    ),
    "#stuck": Trouble(
        Stage.QUEUE,
        "Запрос навсегда остаётся в очереди первым.",
        "The request stays first in the queue for ever.",
    ),
    "#fail": Trouble(
        Stage.RESULT,
        "Модель ломается: 500 downstream_service_error, можно пробовать ещё раз.",
        "The model fails: 500 downstream_service_error, which may be tried again.",
    ),
    "#nsfw": Trouble(
        Stage.RESULT,
        "Модерация не пропускает: 422 content_policy_violation.",
        "Moderation refuses: 422 content_policy_violation.",
    ),
    "#black": Trouble(
        Stage.RESULT,
        "Приходит чёрное изображение с пометкой has_nsfw_concepts.",
        "A black image comes, marked has_nsfw_concepts.",
    ),
    "#empty": Trouble(
        Stage.RESULT,
        "Модель ничего не сделала: 422 no_media_generated.",
        "The model made nothing: 422 no_media_generated.",
    ),
    "#badimage": Trouble(
        Stage.FILE,
        "Файл повреждён: он не открывается ни как изображение, ни как видео.",
        "The file is damaged: it opens neither as an image nor as a video.",
    ),
    "#cdn": Trouble(
        Stage.FILE,
        "Первые три раза файл не отдаётся: 503.",
        "The file is refused three times: 503.",
    ),
    "#nocdn": Trouble(
        Stage.FILE,
        "Файл не отдаётся никогда: 503.",
        "The file is never to be had: 503.",
    ),
    "#403": Trouble(
        Stage.FILE,
        "Первые три раза файл не отдаётся: 403.",
        "The file is refused three times: 403.",
    ),
    "#page": Trouble(
        Stage.FILE,
        "Первые три раза вместо файла приходит страница HTML с кодом 200.",
        "Three times an HTML page comes in place of the file, with 200.",
    ),
    "#cut": Trouble(
        Stage.FILE,
        "Первые три раза соединение обрывается на середине файла.",
        "Three times the connection breaks in the middle of the file.",
    ),
    "#moved": Trouble(
        Stage.FILE,
        "Файл отдаётся по другому адресу: 302.",
        "The file is at another address: 302.",
    ),
    "#nullpayload": Trouble(
        Stage.WEBHOOK,
        "Вебхук приходит с payload null и с payload_error.",
        "The webhook comes with a null payload and a payload_error.",
    ),
    "#twice": Trouble(
        Stage.WEBHOOK,
        "Вебхук приходит дважды.",
        "The webhook comes twice.",
    ),
    "#nohook": Trouble(
        Stage.WEBHOOK,
        "Вебхук не приходит.",
        "The webhook never comes.",
    ),
    "#latehook": Trouble(
        Stage.WEBHOOK,
        "Вебхук приходит на минуту позже.",
        "The webhook comes a minute late.",
    ),
}


def words_in(prompt: object) -> frozenset[str]:
    """The words of the table which stand in this prompt, whole and in any case."""
    # Behind a word may stand a comma: a style follows the prompt after one.
    return frozenset(WORDS).intersection(_HASHTAG.findall(str(prompt).lower()))
