"""Uploads: in one request, in parts, and by the token of fal's own clients."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from infra.sandbox.fal.addresses import origin
from infra.sandbox.fal.authorization import Authorization
from infra.sandbox.fal.cdn import Cdn
from infra.sandbox.fal.errors import Failure
from infra.sandbox.fal.submission import LIFECYCLE, LIFECYCLE_PREFERENCE, media_lifetime

_TOKEN_LIFETIME = timedelta(hours=1)
_MOST_PARTS = 10_000


class _Initiation(BaseModel):
    model_config = ConfigDict(strict=True)
    content_type: str = "application/octet-stream"
    file_name: str = "upload.bin"


class _Part(BaseModel):
    partNumber: Annotated[int, Field(ge=1, le=_MOST_PARTS)]  # noqa: N815 - fal spells it so
    etag: str = ""


class _Completion(BaseModel):
    parts: list[_Part]


class Uploads:
    def __init__(self, authorization: Authorization, cdn: Cdn) -> None:
        self._authorization = authorization
        self._cdn = cdn
        self._token = secrets.token_urlsafe(24)

    async def initiate(self, request: Request) -> Response:
        self._authorization.account(request)
        name = await self._reserve(request)
        return _addresses(request, f"upload/{name}", name)

    async def initiate_multipart(self, request: Request) -> Response:
        self._authorization.account(request)
        name = await self._reserve(request)
        return _addresses(request, f"upload/{name}/multipart", name)

    async def put(self, request: Request) -> Response:
        """Upload the whole file. Its URL is hard to guess, so no key is required."""
        path = self._cdn.path(self._reserved(request))
        with path.open("wb") as file:
            async for chunk in request.stream():
                file.write(chunk)
        return Response()

    async def put_part(self, request: Request) -> Response:
        name, number = self._reserved(request), request.path_params["number"]
        if not 1 <= number <= _MOST_PARTS:
            raise Failure(422, {"detail": f"Parts are numbered from 1 to {_MOST_PARTS}"})
        content = await request.body()
        self._cdn.path(f"{name}.part{number}").write_bytes(content)
        etag = hashlib.md5(content, usedforsecurity=False).hexdigest()
        return JSONResponse({"partNumber": number, "etag": etag}, headers={"ETag": f'"{etag}"'})

    async def complete(self, request: Request) -> Response:
        name = self._reserved(request)
        completion = _parse(_Completion, await request.body())
        numbers = sorted(part.partNumber for part in completion.parts)
        parts = [self._cdn.path(f"{name}.part{number}") for number in numbers]
        if not parts or not all(part.is_file() for part in parts):
            raise Failure(400, {"detail": "A part is missing"})
        with self._cdn.path(name).open("wb") as file:
            for part in parts:
                file.write(part.read_bytes())
                part.unlink()
        return JSONResponse({"url": f"{origin(request)}/files/{name}"})

    async def token(self, request: Request) -> Response:
        """Return the short-lived token with which fal's own clients upload to the CDN."""
        self._authorization.account(request)
        expires_at = datetime.now(UTC) + _TOKEN_LIFETIME
        token = {"token": self._token, "token_type": "Bearer", "base_url": origin(request)}
        return JSONResponse(token | {"expires_at": expires_at.isoformat()})

    async def upload(self, request: Request) -> Response:
        self._check_token(request)
        content_type = request.headers.get("content-type", "application/octet-stream")
        name = self._cdn.keep(await request.body(), content_type, lifetime=_lifetime(request))
        return JSONResponse({"access_url": f"{origin(request)}/files/{name}"})

    async def begin_multipart(self, request: Request) -> Response:
        self._check_token(request)
        content_type = request.headers.get("content-type", "application/octet-stream")
        name = self._cdn.reserve(content_type, lifetime=_lifetime(request))
        return JSONResponse({"access_url": f"{origin(request)}/files/{name}", "uploadId": name})

    async def _reserve(self, request: Request) -> str:
        content_type = _parse(_Initiation, await request.body()).content_type
        return self._cdn.reserve(content_type, lifetime=_lifetime(request))

    def _check_token(self, request: Request) -> None:
        given = request.headers.get("authorization", "")
        if not secrets.compare_digest(given.encode(), f"Bearer {self._token}".encode()):
            raise Failure(401, {"detail": "invalid token"})

    def _reserved(self, request: Request) -> str:
        name: str = request.path_params["name"]
        if not self._cdn.is_reserved(name):
            raise Failure(404, {"detail": "Upload not found"})
        return name


def _lifetime(request: Request) -> float | None:
    return media_lifetime(request, LIFECYCLE, LIFECYCLE_PREFERENCE)


def _addresses(request: Request, upload: str, name: str) -> Response:
    base = origin(request)
    return JSONResponse({"upload_url": f"{base}/{upload}", "file_url": f"{base}/files/{name}"})


def _parse[T: BaseModel](schema: type[T], body: bytes) -> T:
    try:
        return schema.model_validate_json(body)
    except ValidationError:
        raise Failure(422, {"detail": "The body is invalid for this call"}) from None
