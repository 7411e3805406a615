"""https://core.telegram.org/bots/api#answerinlinequery"""

import re

from infra.sandbox.telegram.formatting.parse import read_caption
from infra.sandbox.telegram.keyboards import read_markup
from infra.sandbox.telegram.methods.input_files import reuse
from infra.sandbox.telegram.parameters import Parameters
from infra.sandbox.telegram.refusals import bad_request
from infra.sandbox.telegram.sandbox import Sandbox
from infra.sandbox.telegram.wire import Json

MAX_RESULTS = 50
ID_BYTES = 64
OFFSET_BYTES = 64
START_PARAMETER = re.compile(r"[A-Za-z0-9_-]{1,64}")
#: Results by the file id of a kind. The fake has no others.
FILE_FIELDS = {"photo": "photo_file_id", "video": "video_file_id", "document": "document_file_id"}


async def answer_inline_query(sandbox: Sandbox, parameters: Parameters) -> bool:
    query_id = parameters.text("inline_query_id")
    results = parameters.json_array("results", "InlineQueryResult")
    if len(results) > MAX_RESULTS:
        raise bad_request("RESULTS_TOO_MUCH")
    next_offset = parameters.text("next_offset")
    if len(next_offset.encode()) > OFFSET_BYTES:
        raise bad_request("NEXT_OFFSET_INVALID")
    contents = dict(_read_result(sandbox, each) for each in results)
    if len(contents) < len(results):
        raise bad_request("RESULT_ID_DUPLICATE")
    button = _read_button(parameters)
    sandbox.inline_queries.check(query_id)
    shown = [
        {name: str(each.get(name, "")) for name in ("id", "type", "title", "description")}
        | {"message": contents[str(each["id"])]}
        for each in results
    ]
    answer = {"results": shown, "next_offset": next_offset, "button": button}
    sandbox.inline_queries.answer(query_id, answer, contents)
    return True


def _read_result(sandbox: Sandbox, result: object) -> tuple[str, Json]:
    """Return a result's id, and the message that it becomes."""
    if not isinstance(result, dict):
        raise bad_request("can't parse inline query result: expected an Object")
    fields = Parameters(result)
    kind, result_id = fields.text("type"), fields.text("id")
    if not 1 <= len(result_id.encode()) <= ID_BYTES:
        raise bad_request("RESULT_ID_INVALID")
    if kind not in FILE_FIELDS or not fields.text(FILE_FIELDS[kind]):
        raise bad_request("can't parse inline query result: Unallowed or unsupported type")
    if kind in {"video", "document"} and not fields.text("title"):
        raise bad_request(f"can't parse inline query result: {kind} title must be non-empty")
    content = reuse(sandbox.files.find(fields.text(FILE_FIELDS[kind])), kind)
    content = content | read_caption(fields).fields("caption", "caption_entities")
    markup = read_markup(fields)
    return result_id, content | ({"reply_markup": markup} if markup else {})


def _read_button(parameters: Parameters) -> Json | None:
    button = parameters.json_object("button", "InlineQueryResultsButton")
    if not button:
        return None
    text, start = str(button.get("text", "")), str(button.get("start_parameter", ""))
    if not text:
        raise bad_request("can't parse inline query results button: text must be non-empty")
    if "web_app" not in button and not START_PARAMETER.fullmatch(start):
        raise bad_request("START_PARAM_INVALID")
    return {"text": text, "start_parameter": start}


METHODS = {"answerInlineQuery": answer_inline_query}
