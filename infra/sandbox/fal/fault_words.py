"""Words in a prompt that trigger faults, so that users and tests can try every failure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

_HASHTAG = re.compile(r"(?<!\S)#\w+")


class Stage(StrEnum):
    """Stage of a request at which the fault occurs."""

    SUBMIT = "submit"
    QUEUE = "queue"
    RESULT = "result"
    FILE = "file"
    WEBHOOK = "webhook"


@dataclass(frozen=True)
class FaultWord:
    """One fault, with its description for users."""

    stage: Stage
    ru: str
    en: str


WORDS: Mapping[str, FaultWord] = {
    "#down": FaultWord(
        Stage.SUBMIT,
        "Отправка отвечает 503, в очередь ничего не встаёт.",
        "Submitting is answered with 503, and nothing is queued.",
    ),
    "#busy": FaultWord(
        Stage.SUBMIT,
        "Отправка отвечает 429, в очередь ничего не встаёт.",
        "Submitting is answered with 429, and nothing is queued.",
    ),
    "#locked": FaultWord(
        Stage.SUBMIT,
        "Отправка отвечает 403: на счету кончились деньги. В очередь ничего не встаёт.",
        "Submitting is answered with 403: the balance is exhausted. Nothing is queued.",
    ),
    "#locked200": FaultWord(
        Stage.SUBMIT,
        "Тот же отказ приходит с кодом 200. В очередь ничего не встаёт.",
        "The same refusal comes with status 200. Nothing is queued.",
    ),
    "#lost": FaultWord(
        Stage.SUBMIT,
        "Соединение обрывается без ответа, а запрос выполняется.",
        "The connection is closed without an answer, but the request runs.",
    ),
    "#500": FaultWord(
        Stage.SUBMIT,
        "Отправка отвечает 500, а запрос выполняется.",
        "Submitting is answered with 500, but the request runs.",
    ),
    "#hang": FaultWord(
        Stage.SUBMIT,
        "Запрос выполняется, но ответ на отправку приходит на минуту позже.",
        "The request runs, but submitting is answered a minute late.",
    ),
    "#slow": FaultWord(
        Stage.QUEUE,
        "Всё идёт в десять раз медленнее.",
        "Everything takes ten times as long.",
    ),
    "#stuck": FaultWord(
        Stage.QUEUE,
        "Запрос навсегда остаётся в очереди первым.",
        "The request stays first in the queue forever.",
    ),
    "#nocancel": FaultWord(
        Stage.QUEUE,
        "Отмена отвечает 200, но запрос выполняется и попадает в счёт.",
        "A cancel is answered with 200, but the request runs and is billed.",
    ),
    "#typo": FaultWord(
        Stage.RESULT,
        "В надписи на изображении перепутаны буквы.",
        "The text on the image is misspelled.",
    ),
    "#fail": FaultWord(
        Stage.RESULT,
        "Модель ломается: 500 downstream_service_error, можно пробовать ещё раз.",
        "The model fails: 500 downstream_service_error, which may be retried.",
    ),
    "#nsfw": FaultWord(
        Stage.RESULT,
        "Модерация не пропускает: 422 content_policy_violation.",
        "Moderation refuses: 422 content_policy_violation.",
    ),
    "#black": FaultWord(
        Stage.RESULT,
        "Приходит чёрное изображение с пометкой has_nsfw_concepts.",
        "The image is black and marked has_nsfw_concepts.",
    ),
    "#empty": FaultWord(
        Stage.RESULT,
        "Модель ничего не сделала: 422 no_media_generated.",
        "The model produces nothing: 422 no_media_generated.",
    ),
    "#more": FaultWord(
        Stage.RESULT,
        "Модель с полем limit_generations делает на одно изображение больше, если оно не true.",
        "A model with the field limit_generations makes one more image unless it is true.",
    ),
    "#badimage": FaultWord(
        Stage.FILE,
        "Файл повреждён: он не открывается ни как изображение, ни как видео.",
        "The file is damaged: it is neither a valid image nor a valid video.",
    ),
    "#cdn": FaultWord(
        Stage.FILE,
        "Первые три раза файл не отдаётся: 503.",
        "Three downloads of the file fail: 503.",
    ),
    "#nocdn": FaultWord(
        Stage.FILE,
        "Файл не отдаётся никогда: 503.",
        "Every download of the file fails: 503.",
    ),
    "#403": FaultWord(
        Stage.FILE,
        "Первые три раза файл не отдаётся: 403.",
        "Three downloads of the file fail: 403.",
    ),
    "#page": FaultWord(
        Stage.FILE,
        "Первые три раза вместо файла приходит страница HTML с кодом 200.",
        "Three downloads return an HTML page with 200 instead of the file.",
    ),
    "#cut": FaultWord(
        Stage.FILE,
        "Первые три раза соединение обрывается на середине файла.",
        "The connection breaks in the middle of the file three times.",
    ),
    "#moved": FaultWord(
        Stage.FILE,
        "Файл отдаётся по другому адресу: 302.",
        "The file redirects to another address: 302.",
    ),
    "#nullpayload": FaultWord(
        Stage.WEBHOOK,
        "Вебхук приходит с payload null и с payload_error.",
        "The webhook has a null payload and a payload_error.",
    ),
    "#twice": FaultWord(
        Stage.WEBHOOK,
        "Вебхук приходит дважды.",
        "The webhook is delivered twice.",
    ),
    "#nohook": FaultWord(
        Stage.WEBHOOK,
        "Вебхук не приходит.",
        "The webhook is never delivered.",
    ),
    "#latehook": FaultWord(
        Stage.WEBHOOK,
        "Вебхук приходит на минуту позже.",
        "The webhook is delivered a minute late.",
    ),
}


def words_in(prompt: object) -> frozenset[str]:
    """Return the faults whose words this prompt contains, as whole words in any case."""
    # A comma may follow a word: a style is appended to the prompt after one.
    return frozenset(WORDS).intersection(_HASHTAG.findall(str(prompt).lower()))
