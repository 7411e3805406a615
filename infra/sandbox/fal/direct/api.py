"""fal.run: models that answer at once, language models and speech to text.

https://fal.ai/models/openrouter/router and https://fal.ai/models/fal-ai/elevenlabs/speech-to-text/scribe-v2
"""

import asyncio
import math
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from infra.sandbox.fal import submission
from infra.sandbox.fal.authorization import Authorization
from infra.sandbox.fal.direct import hearing, writer
from infra.sandbox.fal.direct.control import DirectControl
from infra.sandbox.fal.direct.sight import Sight, read_image
from infra.sandbox.fal.errors import Failure, detail, input_failure, model_failure
from infra.sandbox.fal.faults import Faults
from infra.sandbox.fal.inputs import Inputs
from infra.sandbox.fal.options import Options
from infra.sandbox.fal.orders import Url
from infra.sandbox.fal.outcomes import Outcome
from infra.sandbox.fal.records import Bill, Record, State
from infra.sandbox.fal.scheduler import Scheduler

ROUTER = "openrouter/router"
VISION = f"{ROUTER}/vision"
CHAT = f"{ROUTER}/openai/v1/chat/completions"
# Dollars for a minute of audio, and the field in which the model names the language.
_SPEECH: Mapping[str, float] = {
    "fal-ai/elevenlabs/speech-to-text/scribe-v2": 0.008,
    "fal-ai/wizper": 0.006,
    "fal-ai/whisper": 0.006,
    "xai/speech-to-text/v1": 0.001667,
}
# Dollars for a token that is read, and for one that is written.
_READ, _WRITTEN = 0.3e-6, 2.5e-6
_BYTES_PER_TOKEN = 4
_TOKENS_OF_IMAGE = 258


class _Prompt(BaseModel):
    model: str
    prompt: str
    system_prompt: str = ""
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] = 1
    reasoning: bool = False


class _VisionPrompt(_Prompt):
    image_urls: Annotated[list[str], Field(min_length=1)]


class _Message(BaseModel):
    role: str
    content: str | list[dict[str, Any]]

    @property
    def text(self) -> str:
        if isinstance(self.content, str):
            return self.content
        return "\n".join(part["text"] for part in self.content if part.get("type") == "text")

    @property
    def image_urls(self) -> list[str]:
        if isinstance(self.content, str):
            return []
        parts = (part for part in self.content if part.get("type") == "image_url")
        return [part["image_url"]["url"] for part in parts]


class _Chat(BaseModel):
    model: str
    messages: Annotated[list[_Message], Field(min_length=1)]
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    temperature: float = 1


class _Audio(BaseModel):
    audio_url: str


class DirectApi:
    def __init__(
        self,
        options: Options,
        scheduler: Scheduler,
        authorization: Authorization,
        inputs: Inputs,
        sight: Sight,
    ) -> None:
        self.control = DirectControl()
        self._options = options
        self._scheduler = scheduler
        self._authorization = authorization
        self._inputs = inputs
        self._sight = sight

    def routes(self, faults: Faults) -> list[Route]:
        def route(path: str, endpoint: Any) -> Route:
            return Route(f"/{path}", faults.guard("run", endpoint), methods=["POST"])

        return [
            *self.control.routes(),
            route(CHAT, self.chat),
            route(VISION, self.router),
            route(ROUTER, self.router),
            *(route(endpoint, self.speech) for endpoint in _SPEECH),
        ]

    async def router(self, request: Request) -> Response:
        """Answer a prompt, with images at the vision endpoint."""
        record = await self._begin(request)
        try:
            asked = _parse(_VisionPrompt if record.endpoint == VISION else _Prompt, record.input)
            urls = asked.image_urls if isinstance(asked, _VisionPrompt) else []
            output, usage = await self._complete(
                record, asked.system_prompt, asked.prompt, urls, "image_urls"
            )
        except Failure as failure:
            return self._end(record, Outcome.of(failure))
        mode = self.control.behaviour.mode
        body = {
            "output": "" if mode in {"error", "empty"} else output,
            "reasoning": None,
            "partial": mode == "partial",
            "error": "Provider returned error" if mode == "error" else None,
            "usage": usage,
        }
        return self._end(record, _billed(record, body, "units", usage["cost"], 1))

    async def chat(self, request: Request) -> Response:
        """Answer in the form of OpenAI's chat completions."""
        record = await self._begin(request)
        try:
            asked = _parse(_Chat, record.input)
            system = "\n".join(part.text for part in asked.messages if part.role == "system")
            last = asked.messages[-1]
            output, usage = await self._complete(
                record, system, last.text, last.image_urls, "messages"
            )
        except Failure as failure:
            self._end(record, Outcome.of(failure))
            error = {"message": "Invalid request", "code": failure.status}
            return JSONResponse({"error": error}, failure.status)
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": output},
            "finish_reason": "stop",
        }
        body = {
            "id": f"gen-{record.request_id}",
            "object": "chat.completion",
            "created": int(record.created_at),
            "model": asked.model,
            "choices": [choice],
            "usage": usage,
        }
        return self._end(record, _billed(record, body, "units", usage["cost"], 1))

    async def speech(self, request: Request) -> Response:
        """Transcribe an audio file, in the form of the model that was called."""
        record = await self._begin(request)
        try:
            await self.control.behaviour.apply()
            asked = _parse(_Audio, record.input)
            content = await self._inputs.read(record, Url("audio_url", asked.audio_url))
            heard, seconds = await asyncio.to_thread(_listen, content)
        except Failure as failure:
            return self._end(record, Outcome.of(failure))
        text = (
            heard
            if self.control.behaviour.transcript is None
            else self.control.behaviour.transcript
        )
        body = _transcript(record.endpoint, text, seconds)
        minutes = seconds / 60
        if record.endpoint.startswith("xai/"):
            minutes = math.ceil(minutes)
        price = _SPEECH[record.endpoint]
        return self._end(record, _billed(record, body, "minutes", minutes, price))

    async def _begin(self, request: Request) -> Record:
        account = self._authorization.account(request)
        endpoint = request.url.path.lstrip("/")
        record = await submission.read(request, account, endpoint, self._options.now())
        record.started_at = record.created_at
        record.queued = False
        return record

    async def _complete(
        self, record: Record, system: str, prompt: str, urls: list[str], field_name: str
    ) -> tuple[str, dict[str, Any]]:
        behaviour = self.control.behaviour
        await behaviour.apply()
        images = []
        for url in urls:
            content = await self._inputs.read(record, Url(field_name, url))
            try:
                images.append(await asyncio.to_thread(read_image, content))
            except ValueError:
                raise input_failure(
                    "image_load_error", "Failed to load the image.", field_name
                ) from None
        question = writer.Question(system, prompt, tuple(images))
        output = writer.answer(question, behaviour, self._sight)
        return output, _usage(system + prompt, output, len(images))

    def _end(self, record: Record, outcome: Outcome) -> Response:
        record.state = State.COMPLETED
        record.completed_at = self._options.now()
        outcome.write_to(record)
        self._scheduler.keep(record)
        headers = {"x-fal-request-id": record.request_id, **outcome.headers}
        return Response(outcome.body, outcome.status, headers, "application/json")


def _listen(content: bytes) -> tuple[str, float]:
    try:
        return hearing.listen(content)
    except ValueError:
        raise input_failure(
            "unsupported_audio_format", "Failed to load the audio.", "audio_url"
        ) from None


def _usage(asked: str, output: str, images: int) -> dict[str, Any]:
    read = len(asked.encode()) // _BYTES_PER_TOKEN + images * _TOKENS_OF_IMAGE + 1
    written = len(output.encode()) // _BYTES_PER_TOKEN + 1
    cost = round(read * _READ + written * _WRITTEN, 6)
    counts = {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}
    return {**counts, "cost": cost}


def _billed(
    record: Record, body: Mapping[str, Any], unit: str, units: float, price: float
) -> Outcome:
    return Outcome.made(body, Bill(record.endpoint, unit, round(units, 6), price))


def _transcript(endpoint: str, text: str, seconds: float) -> Mapping[str, Any]:
    language = hearing.language_of(text)
    if endpoint.endswith("scribe-v2"):
        words = [
            {"text": word, "type": "word", "start": 0, "end": seconds, "speaker_id": None}
            for word in text.split()
        ]
        named = {"language_code": language, "language_probability": 0.98 if text else 0.0}
        return {"text": text, **named, "words": words}
    if endpoint.startswith("xai/"):
        # It detects no language yet: https://docs.x.ai/developers/rest-api-reference/inference/speech-to-text
        return {"text": text, "language": "", "duration": round(seconds, 2)}
    chunks = [{"timestamp": [0, seconds], "text": text}] if text else []
    field_name = "languages" if endpoint.endswith("wizper") else "inferred_languages"
    return {"text": text, "chunks": chunks, field_name: [language[:2]]}


def _parse[T: BaseModel](schema: type[T], body: bytes) -> T:
    try:
        return schema.model_validate_json(body)
    except ValidationError as error:
        details = [
            detail(found["type"], found["msg"], loc=("body", *found["loc"]), given=None)
            for found in error.errors(include_url=False, include_context=False)
        ]
        raise model_failure(*details) from None
