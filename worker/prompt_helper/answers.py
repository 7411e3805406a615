"""Answers of a language model: JSON of a known form, checked strictly."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from infra.fal.language_model import LanguageModelError

#: One line of visible text.
type Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
type Paragraph = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)
]


class Answer(BaseModel):
    """Base of the forms: a model may add fields; types are checked."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


def read_answer[T: Answer](form: type[T], text: str) -> T:
    """Read the JSON object in a model's answer. Raises LanguageModelError."""
    # Models often put JSON into a block of code.
    found = text[text.find("{") : text.rfind("}") + 1]
    try:
        return form.model_validate_json(found)
    except ValidationError:
        # pydantic's message quotes the answer.
        raise LanguageModelError("The model's answer has another form than asked.") from None
