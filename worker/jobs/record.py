"""A job as fields of a Redis hash: text as it is, other values as JSON, None not at all.

A field's annotation determines how it is parsed, so a new field needs no entry here.
"""

import functools
import json
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from types import NoneType
from typing import Any, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError

from worker.model import Job, Status, StoredFiles

_STRUCTURED = TypeAdapter[Any](Any)


@dataclass(frozen=True)
class DamagedJob:
    """A job record that cannot be parsed; `reason` names the fields, never their values."""

    id: str
    reason: str
    #: Files that the readable part of the record names.
    stored_keys: set[str]


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
    kinds = _kinds(model)
    known = {key.decode(): value for key, value in stored.items() if key in kinds.names and value}
    return model.model_validate(
        {name: _read(value, is_text=name in kinds.texts) for name, value in known.items()}
    )


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
    try:
        job = decode(Job, stored)
        is_prepared = job.status is Status.CREATED and job.inputs
        return job.model_copy(update={"status": Status.PREPARED}) if is_prepared else job
    except ValidationError as error:
        unreadable = sorted({str(one["loc"][0]) for one in error.errors(include_url=False)})
        readable = {
            name: value for name, value in stored.items() if name.decode() not in unreadable
        }
        return DamagedJob(
            id=job_id,
            reason=f"its record is damaged: {', '.join(unreadable)}",
            stored_keys=decode(StoredFiles, readable).stored_keys,
        )


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
