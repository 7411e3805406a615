"""A call's parameters, whichever of the four ways they came.

https://core.telegram.org/bots/api#making-requests
"""

import json
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request

from infra.sandbox.telegram.refusals import ApiError, bad_request
from infra.sandbox.telegram.wire import Json

UPLOAD_BYTES = 50 * 1024 * 1024


@dataclass(frozen=True)
class Upload:
    """A file that came in the body of a request."""

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
            return int(self.text(name) or default)
        except ValueError:
            return default

    def flag(self, name: str) -> bool:
        """True for what Telegram takes for true: `true`, `yes` or `1`."""
        return self.text(name).lower() in {"true", "yes", "1"}

    def json(self, name: str, what: str) -> Any:
        """A value that is JSON, or JSON inside a form's field; `what` names it in a refusal."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise bad_request(f"can't parse {what} JSON object") from None

    def summary(self) -> Json:
        """What was asked for, with a file told by its name and size only."""
        files = {
            name: {"file_name": upload.name, "size": len(upload.data)}
            for name, upload in self.uploads.items()
        }
        return self.values | files


async def read_parameters(request: Request[Any]) -> Parameters:
    """Of the query, and of a JSON, form or multipart body: together, as Telegram takes them."""
    query: Json = dict(request.query_params)
    content_type = request.headers.get("content-type", "").partition(";")[0].strip()
    if content_type == "application/json":
        return Parameters(query | await _json_body(request))
    if content_type in {"multipart/form-data", "application/x-www-form-urlencoded"}:
        return await _form_body(request, query)
    return Parameters(query)


async def _json_body(request: Request[Any]) -> Json:
    try:
        body = json.loads(await request.body() or b"{}")
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise bad_request("can't parse JSON object")
    return body


async def _form_body(request: Request[Any], query: Json) -> Parameters:
    parameters = Parameters(query)
    async with request.form(max_part_size=UPLOAD_BYTES) as form:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                parameters.uploads[_free_name(parameters.uploads, name)] = await _upload(value)
            else:
                parameters.values[name] = value
    return parameters


def _free_name(uploads: dict[str, Upload], name: str) -> str:
    """Several files may come under one name, from a page's file input."""
    return name if name not in uploads else f"{name}.{len(uploads)}"


async def _upload(part: UploadFile) -> Upload:
    data = await part.read()
    if len(data) > UPLOAD_BYTES:
        raise ApiError(413)
    return Upload(part.filename or "file", part.content_type or "application/octet-stream", data)
