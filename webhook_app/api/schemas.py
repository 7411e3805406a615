"""JSON Schemas of the API's responses. A test validates real responses against them."""

from collections.abc import Sequence
from typing import Any

from worker.model import Kind, Status

type Schema = dict[str, Any]

#: A page's cursor: the id of a job.
CURSOR = "^[0-9a-z]{16}$"

#: The API's statuses: a prepared job is `created` for its clients, as in the versions without this status.
PUBLIC_STATUSES = tuple(status for status in Status if status is not Status.PREPARED)

#: Days of GET /spending.csv without a parameter: the longest month.
SPENDING_DAYS = 31

_TEXT: Schema = {"type": "string"}
_WHOLE: Schema = {"type": "integer"}
_TIME: Schema = {"type": "string", "format": "date-time"}


def _object(required: Sequence[str] = (), /, **properties: Schema) -> Schema:
    """Describe an object without other properties. One that is not `required` is absent while it is unknown."""
    shape: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return shape | ({"required": list(required)} if required else {})


def _list(name: str) -> Schema:
    return {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}}


def _one_of(*words: str) -> Schema:
    return {"type": "string", "enum": list(words)}


SCHEMAS: Schema = {
    "Job": _object(
        (
            *("id", "kind", "status", "user_id", "chat_id", "prompt", "model", "options"),
            *("created_at", "updated_at", "files"),
        ),
        id=_TEXT,
        kind=_one_of(*Kind),
        status=_one_of(*PUBLIC_STATUSES),
        user_id=_WHOLE,
        chat_id=_WHOLE,
        prompt=_TEXT,
        model=_TEXT,
        options={"type": "object"},
        created_at=_TIME,
        updated_at=_TIME,
        running_since=_TIME,
        finished_at=_TIME,
        position={**_WHOLE, "description": "Number of requests before it in the provider's queue."},
        seed=_TEXT,
        failure={**_TEXT, "description": "The kind of failure."},
        detail={**_TEXT, "description": "The provider's message."},
        files=_list("File"),
    ),
    "File": _object(
        ("key", "content_type", "size", "width", "height"),
        key={**_TEXT, "description": "Key in the storage."},
        content_type=_TEXT,
        size={**_WHOLE, "description": "Bytes."},
        width=_WHOLE,
        height=_WHOLE,
        duration={"type": "number", "description": "Seconds."},
    ),
    "Page": _object(
        ("jobs",),
        jobs=_list("Job"),
        damaged={
            **_list("DamagedJob"),
            "description": "Jobs of this page with unreadable records.",
        },
        cursor={**_TEXT, "description": "Cursor of the next page; absent on the last one."},
    ),
    "DamagedJob": _object(
        ("id", "reason"),
        id=_TEXT,
        reason={**_TEXT, "description": "Which fields are damaged."},
    ),
    "Health": _object(
        ("status",),
        status=_one_of("ok", "failing"),
        dependencies={
            "type": "object",
            "additionalProperties": {"$ref": "#/components/schemas/Dependency"},
        },
        fal_webhooks={
            **_one_of("arriving", "silent", "off", "unknown"),
            "description": "arriving: one came within the last hour, and none was missed since.",
        },
    ),
    "Dependency": _object(("status",), status=_one_of("ok", "failing"), detail=_TEXT),
    "Version": _object(("name",), name=_TEXT, version=_TEXT, commit=_TEXT, python=_TEXT),
    "Problem": _object(
        ("type", "title", "status", "detail"),
        type=_TEXT,
        title=_TEXT,
        status=_WHOLE,
        detail=_TEXT,
        errors={"type": "object", "additionalProperties": _TEXT},
    ),
}
