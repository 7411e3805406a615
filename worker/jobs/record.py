"""A job as fields of a Redis hash: text as it is, other values as JSON, None not at all.

A field's annotation determines how it is parsed, so a new field needs no entry here.

The record of a job that ended long ago is packed (worker/jobs/packing.py): beside its status, it has all other fields
as one JSON object, compressed by zlib. Its pieces are the fields `0`, `1`, …: Redis keeps a hash of short values in one
allocation. A field beside them takes precedence. docs/redis.md says how to read one.
"""

import functools
import json
import types
import typing
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import NoneType
from typing import Any, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError

from worker.model import Job, Status, StoredFiles

_STRUCTURED = TypeAdapter[Any](Any)
_PACKED = TypeAdapter(dict[str, Any])

#: The field that only a packed record has.
FIRST_PIECE = "0"
# Bytes of a value, and number of fields, up to which Redis keeps a hash in one allocation: `hash-max-listpack-value`
# and `hash-max-listpack-entries`. The status and what an operator writes are fields, too.
_PIECE_BYTES, _MOST_PIECES = 64, 100
# The id is in the key, and scripts read the status. The other fields are left out: fal has stopped repeating its
# webhook, no question to fal is open, and the next step finds no step before it.
_NOT_INSIDE = frozenset({"id", "status", "webhook_token", "input_digest", "posted_at", "step"})


@dataclass(frozen=True)
class DamagedJob:
    """A job record that cannot be parsed; `reason` names the fields, never their values."""

    id: str
    reason: str
    #: Files that the readable part of the record names.
    stored_keys: list[str]


def encode(value: Any) -> str:
    """Serialize a value as text; None is an empty text, which is not stored."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return _STRUCTURED.dump_json(value, exclude_defaults=True, by_alias=True).decode()


def decode[M: BaseModel](model: type[M], stored: Mapping[bytes, bytes]) -> M:
    """Parse a hash. Raises ValidationError that names every unreadable field.

    Unknown fields are ignored: they belong to a newer version, which may run at the same time.
    """
    return model.model_validate(_parse(model, stored))


def _parse(model: type[BaseModel], stored: Mapping[bytes, bytes]) -> dict[str, Any]:
    kinds = _kinds(model)
    known = {key.decode(): value for key, value in stored.items() if key in kinds.names and value}
    return {name: _read(value, is_text=name in kinds.texts) for name, value in known.items()}


def stored_name(model: type[BaseModel], name: str) -> str:
    """Return a field's name in Redis: workers of the version before read a renamed field under its former name."""
    field = model.model_fields.get(name)
    return (field and field.serialization_alias) or name


def stored_status(status: Status) -> Status:
    """Return the value under which a status is stored: workers of the version before cannot read `prepared`.

    They store a prepared job as created, with its inputs. The next version may store the status itself.
    """
    return Status.CREATED if status is Status.PREPARED else status


def decode_job(job_id: str, stored: Mapping[bytes, bytes]) -> Job | DamagedJob:
    """Parse the record of a job, packed or not."""
    values = _parse(Job, stored)
    try:
        if is_packed(stored):
            values = {"id": job_id} | _read_pieces(stored) | values
    except ValueError:
        return _damaged(job_id, values, {"packed fields"})
    try:
        job = Job.model_validate(values)
        is_prepared = job.status is Status.CREATED and job.inputs
        return job.model_copy(update={"status": Status.PREPARED}) if is_prepared else job
    except ValidationError as error:
        unreadable = {str(one["loc"][0]) for one in error.errors(include_url=False)}
        return _damaged(job_id, values, unreadable)


def _damaged(job_id: str, values: Mapping[str, Any], unreadable: set[str]) -> DamagedJob:
    kept = StoredFiles.model_validate(
        {
            name: value
            for name, value in values.items()
            if name in StoredFiles.model_fields and name not in unreadable
        }
    )
    reason = f"its record is damaged: {', '.join(sorted(unreadable))}"
    return DamagedJob(id=job_id, reason=reason, stored_keys=kept.stored_keys)


def is_packed(stored: Mapping[bytes, bytes]) -> bool:
    return FIRST_PIECE.encode() in stored


def pack(job_id: str, stored: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    """Return a record packed; as it is if it is packed already, or if the same would not be read from it."""
    kinds, values = _kinds(Job), _parse(Job, stored)
    if is_packed(stored) or any(isinstance(value, _Unreadable) for value in values.values()):
        return dict(stored)
    for name in _NOT_INSIDE & values.keys():
        del values[name]
    members = [
        f'"{name}":{_text_as_json(value) if name in kinds.texts else value.decode()}'
        for name in values
        if (value := stored[name.encode()])
    ]
    # Fields of a newer version, which this one cannot read, stay as they are.
    beside = {name: v for name, v in stored.items() if name not in kinds.names or name == b"status"}
    packed = beside | _pieces(f"{{{','.join(members)}}}".encode())
    is_whole = isinstance(decode_job(job_id, packed), Job) and _read_pieces(packed) == values
    return packed if is_whole else dict(stored)


def _text_as_json(value: bytes) -> str:
    return json.dumps(value.decode(), ensure_ascii=False)


def unpack(job_id: str, stored: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    """Return a record unpacked; as it is if it is not packed. Raises ValueError if the pieces are damaged."""
    if not is_packed(stored):
        return dict(stored)
    inside = {"id": job_id} | _read_pieces(stored)
    beside = {name: value for name, value in stored.items() if not name.isdigit()}
    return {name.encode(): encode(value).encode() for name, value in inside.items()} | beside


def _pieces(content: bytes) -> dict[bytes, bytes]:
    compressed = zlib.compress(content, 9)
    size = _PIECE_BYTES if len(compressed) <= _PIECE_BYTES * _MOST_PIECES else len(compressed)
    starts = range(0, len(compressed), size)
    return {str(n).encode(): compressed[at : at + size] for n, at in enumerate(starts)}


def _read_pieces(stored: Mapping[bytes, bytes]) -> dict[str, Any]:
    """Return the packed fields. Raises ValueError if they are damaged."""
    pieces = sorted((int(name), value) for name, value in stored.items() if name.isdigit())
    try:
        content = zlib.decompress(b"".join([value for _, value in pieces]))
    except zlib.error as error:
        raise ValueError(str(error)) from error
    return _PACKED.validate_json(content)


@dataclass(frozen=True)
class _Kinds:
    """The names of a model's fields in Redis, and which of them are text."""

    names: frozenset[bytes]
    texts: frozenset[str]


@functools.cache
def _kinds(model: type[BaseModel]) -> _Kinds:
    fields = model.model_fields
    return _Kinds(
        names=frozenset(stored_name(model, name).encode() for name in fields),
        texts=frozenset(
            stored_name(model, name)
            for name, field in fields.items()
            if _is_text(name, field.annotation)
        ),
    )


def _is_text(name: str, annotation: Any) -> bool:
    kinds = _types(annotation) - {NoneType}
    texts = {kind for kind in kinds if isinstance(kind, type) and issubclass(kind, str)}
    if texts and texts != kinds:
        raise TypeError(f"{name}: text and another type cannot be distinguished in Redis")
    return bool(texts)


def _types(annotation: Any) -> set[Any]:
    """Return the top-level types of an annotation."""
    arguments = get_args(annotation)
    match get_origin(annotation):
        case typing.Union | types.UnionType:
            return {kind for argument in arguments for kind in _types(argument)}
        case typing.Annotated:
            return _types(arguments[0])
        case typing.Literal:
            return {type(argument) for argument in arguments}
        case None if isinstance(annotation, typing.TypeAliasType):
            return _types(annotation.__value__)
        case origin:
            return {origin or annotation}


class _Unreadable:
    """A value that fails the validation of every field type."""


def _read(value: bytes, *, is_text: bool) -> Any:
    try:
        return value.decode() if is_text else json.loads(value)
    except (ValueError, RecursionError):
        return _Unreadable()
