"""Answers of the fake's language model: it recognises from the instructions what it is to do."""

import json
import re
from dataclasses import dataclass

from PIL import Image

from infra.sandbox.fal.direct.control import Behaviour
from infra.sandbox.fal.direct.dictionary import in_english, is_russian
from infra.sandbox.fal.direct.sight import Drawn, Sight, colour_of
from infra.sandbox.fal.rendering.inscription import place_of

# A word between brackets, such as ⟦1⟧, in place of text that a program protects.
_TOKEN = re.compile(r"⟦\w+⟧|\{\{\w+\}\}|<\w+/>")
_QUOTED = re.compile(r"[«„“\"].*?[»“”\"]")
_REFUSAL = "I'm sorry, but I can't help with that request."
_NONSENSE = "blorp zindle frumious quax " * 60
_GERMAN = "Ein ruhiges Bild mit sanftem Licht und einer Katze vor dem Fenster"
_DETAILS = {
    "ru": (
        "мягкий естественный свет, высокая детализация",
        "кинематографичный кадр на закате, глубокие тени",
        "крупный план, размытый фон, яркие цвета",
    ),
    "en": (
        "soft natural light, fine detail",
        "a cinematic shot at sunset, deep shadows",
        "close-up, blurred background, bright colours",
    ),
}
_COLOURS = {
    "white": "белое",
    "black": "чёрное",
    "grey": "серое",
    "red": "красное",
    "green": "зелёное",
    "blue": "синее",
}


@dataclass(frozen=True)
class Question:
    system: str
    prompt: str
    images: tuple[Image.Image, ...] = ()

    def says(self, *words: str) -> bool:
        text = f"{self.system}\n{self.prompt}".lower()
        return any(word in text for word in words)

    @property
    def wants_russian(self) -> bool:
        return self.says("russian", "по-русски", "на русском")


def answer(question: Question, behaviour: Behaviour, sight: Sight) -> str:
    if behaviour.answer is not None:
        return behaviour.answer
    match behaviour.mode:
        case "refuse":
            return _REFUSAL
        case "nonsense":
            return _NONSENSE.strip()
        case "wrong_language":
            return _GERMAN
        case _:
            text = _seen(question, sight) if question.images else _written(question)
    return _TOKEN.sub("", text) if behaviour.drops_tokens else text


def _written(question: Question) -> str:
    if question.says("translat", "перевед"):
        return in_english(question.prompt)
    if question.says("three", "version", "improve", "три вариант"):
        return _fuller(question)
    return question.prompt


def _fuller(question: Question) -> str:
    """Return the prompt with more detail, three times, in its own language: as JSON if that was asked for."""
    details = _DETAILS["ru" if is_russian(question.prompt) else "en"]
    plain = question.prompt.strip().rstrip(".")
    versions = [f"{plain}, {detail}" for detail in details]
    if question.says("json"):
        answer = {"versions": versions} if question.says('"versions"') else versions
        return json.dumps(answer, ensure_ascii=False)
    return "\n".join(f"{number}. {version}" for number, version in enumerate(versions, 1))


def _seen(question: Question, sight: Sight) -> str:
    image = question.images[0]
    drawn = sight.recognise(image)
    if question.says('"texts"'):
        return json.dumps(_text_on(drawn, image), ensure_ascii=False)
    if question.says('"description"'):
        return json.dumps({"description": _description(question, drawn, image)}, ensure_ascii=False)
    if question.says("inscription", "read the text", "lettering", "text on", "text that is"):
        return drawn.text if drawn and drawn.text else "NONE"
    return _description(question, drawn, image)


def _text_on(drawn: Drawn | None, image: Image.Image) -> dict[str, object]:
    """Return the text on an image with its box in thousandths of the sides."""
    if drawn is None or not drawn.text:
        return {"texts": [], "asked": []}
    places = zip(place_of(image.size, drawn.text), image.size * 2, strict=True)
    shares = (max(0, min(1000, round(1000 * place / side))) for place, side in places)
    box = dict(zip(("left", "top", "right", "bottom"), shares, strict=True))
    return {"texts": [{"text": drawn.text, "box": box}], "asked": []}


def _description(question: Question, drawn: Drawn | None, image: Image.Image) -> str:
    if drawn is None:
        colour = colour_of(image)
        if question.wants_russian:
            return f"{_COLOURS[colour]} изображение, мягкий свет".capitalize()
        return f"An image in {colour}, soft light"
    if question.wants_russian:
        return f"{drawn.prompt.strip()}, {_DETAILS['ru'][0]}"
    return f"{in_english(_QUOTED.sub('', drawn.prompt)).strip()}, {_DETAILS['en'][0]}"
