"""Parameters of a call, from any of the four encodings.

https://core.telegram.org/bots/api#making-requests
"""

import json
import mimetypes
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from starlette.requests import Request

from infra.sandbox.telegram.multipart import Part, read_parts
from infra.sandbox.telegram.refusals import ApiError, bad_request
from infra.sandbox.telegram.wire import Json

UPLOAD_BYTES = 50 * 1024 * 1024
LARGEST_INTEGER = 2**63 - 1
ANY_BYTES = "application/octet-stream"


@dataclass(frozen=True)
class Upload:
    """A file in the body of a request."""

    name: str
    content_type: str
    data: bytes


@dataclass(frozen=True)
class Parameters:
    values: Json = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)

    def text(self, name: str, default: str = "") -> str:
        value = self.values.get(name)
        if value is None:
            return default
        return value if isinstance(value, str) else json.dumps(value)

    def integer(self, name: str, default: int = 0) -> int:
        try:
            number = int(self.text(name) or default)
        except ValueError:
            return default
        return number if -LARGEST_INTEGER <= number <= LARGEST_INTEGER else default

    def flag(self, name: str) -> bool:
        """Return True for Telegram's true values: `true`, `yes` and `1`."""
        return self.text(name).lower() in {"true", "yes", "1"}

    def json(self, name: str, what: str) -> Any:
        """Parse a JSON value, or JSON inside a form field; `what` names it in the error text."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        return _decode(value, f"{what} JSON object") if value else None

    def json_object(self, name: str, what: str) -> Json:
        """Return a JSON object; empty when there is none."""
        value = self.json(name, what)
        if value is not None and not isinstance(value, dict):
            raise bad_request(f"object expected as {what}")
        return value or {}

    def json_array(self, name: str, what: str) -> list[Any]:
        """Return a JSON array; empty when there is none."""
        value = self.json(name, what)
        if value is not None and not isinstance(value, list):
            raise bad_request(f"expected an Array of {what}")
        return value or []

    def summary(self) -> Json:
        """Return the parameters for the record, with files by name and size only."""
        files = {
            name: {"file_name": upload.name, "size": len(upload.data)}
            for name, upload in self.uploads.items()
        }
        return self.values | files


async def read_parameters(request: Request) -> Parameters:
    """Merge the query with a JSON, form or multipart body, as Telegram does."""
    parameters = Parameters(dict(request.query_params))
    content_type = request.headers.get("content-type", "")
    read = READERS.get(content_type.partition(";")[0].strip().lower())
    if read is not None:
        await read(parameters, await request.body(), content_type)
    return parameters


async def _read_json(parameters: Parameters, body: bytes, _content_type: str) -> None:
    values = _decode(body or b"{}", "JSON object")
    if not isinstance(values, dict):
        raise bad_request("can't parse JSON object")
    parameters.values.update(values)


def _decode(source: str | bytes, what: str) -> Any:
    try:
        value = json.loads(source, parse_constant=_refuse_constant)
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise bad_request("strings must be encoded in UTF-8") from None
    except (ValueError, RecursionError):
        raise bad_request(f"can't parse {what}") from None
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON, although Python's parser accepts it")


async def _read_form(parameters: Parameters, body: bytes, _content_type: str) -> None:
    parameters.values.update(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))


async def _read_multipart(parameters: Parameters, body: bytes, content_type: str) -> None:
    try:
        async for part in read_parts(body, content_type):
            _take(parameters, part)
    except ValueError:
        raise bad_request("can't parse multipart form data") from None


def _take(parameters: Parameters, part: Part) -> None:
    if not part.filename:
        parameters.values[part.name] = part.data.decode(errors="replace")
        return
    if len(part.data) > UPLOAD_BYTES:
        raise ApiError(413)
    name = _free_name(parameters.uploads, part.name)
    parameters.uploads[name] = Upload(part.filename, _content_type(part), part.data)


def _content_type(part: Part) -> str:
    """Return the media type that the sender declares, or the one of the file's name."""
    if part.content_type != ANY_BYTES:
        return part.content_type
    return mimetypes.guess_type(part.filename)[0] or ANY_BYTES


def _free_name(uploads: dict[str, Upload], name: str) -> str:
    """Return an unused name: the file input of a page sends several files under one."""
    return name if name not in uploads else f"{name}.{len(uploads)}"


type Reader = Callable[[Parameters, bytes, str], Awaitable[None]]

READERS: dict[str, Reader] = {
    "application/json": _read_json,
    "application/x-www-form-urlencoded": _read_form,
    "multipart/form-data": _read_multipart,
}
