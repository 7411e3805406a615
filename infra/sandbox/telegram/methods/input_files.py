"""Files in a call: bytes, `attach://`, a `file_id` or a URL.

https://core.telegram.org/bots/api#sending-files
"""

import mimetypes
from urllib.parse import urlsplit

import httpx

from infra.sandbox.telegram.attachments import PHOTO_BYTES
from infra.sandbox.telegram.files import StoredFile
from infra.sandbox.telegram.parameters import Parameters, Upload
from infra.sandbox.telegram.refusals import WRONG_FILE, bad_request
from infra.sandbox.telegram.sandbox import Sandbox
from infra.sandbox.telegram.wire import Json

ATTACH = "attach://"
URL_PHOTO_BYTES = PHOTO_BYTES // 2
URL_BYTES = 20 * 1024 * 1024
URL_DOCUMENTS = {"application/pdf", "application/zip"}
REUSABLE_AS = {"document": {"Document", "Animation"}, "voice": {"VoiceNote"}}


async def read_attachment(
    sandbox: Sandbox, parameters: Parameters, kind: str, source: str, thumbnail: str = ""
) -> Json:
    """Return the message content of the file that `source` names; `kind` as in `sendPhoto`'s photo."""
    if source.startswith(("http://", "https://")):
        upload = await _fetch(sandbox.client, kind, source)
    elif found := find_upload(parameters, source):
        upload = found
    else:
        return reuse(sandbox.files.find(source), kind)
    if not upload.data:
        raise bad_request("file must be non-empty")
    attach = sandbox.attachments.kinds[kind]
    return await attach(upload, find_upload(parameters, thumbnail))


def find_upload(parameters: Parameters, source: str) -> Upload | None:
    """Return the uploaded file that a value refers to."""
    if not source.startswith(ATTACH):
        return None
    upload = parameters.uploads.get(source.removeprefix(ATTACH))
    if upload is None:
        raise bad_request("file not found in the request: nothing was attached under that name")
    return upload


def source_of(parameters: Parameters, name: str) -> str:
    """Accept an upload in the field itself, like one that the field refers to."""
    return f"{ATTACH}{name}" if name in parameters.uploads else parameters.text(name)


def reuse(stored: StoredFile | None, kind: str) -> Json:
    """Return the message content of a file that the bot sends by its id."""
    if stored is None:
        raise bad_request(WRONG_FILE)
    wanted = kind.capitalize()
    if stored.content is None or stored.kind not in REUSABLE_AS.get(kind, {wanted}):
        raise bad_request(f"can't use file of type {stored.kind} as {wanted}")
    return stored.content


async def _fetch(client: httpx.AsyncClient, kind: str, url: str) -> Upload:
    try:
        response = await client.get(url, follow_redirects=True)
        response.raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL):
        raise bad_request("failed to get HTTP URL content") from None
    name = urlsplit(url).path.rpartition("/")[2] or "file"
    declared = response.headers.get("content-type", "").partition(";")[0]
    content_type = declared or mimetypes.guess_type(name)[0] or "application/octet-stream"
    if len(response.content) > (URL_PHOTO_BYTES if kind == "photo" else URL_BYTES):
        raise bad_request("failed to get HTTP URL content")
    if kind == "document" and content_type not in URL_DOCUMENTS:
        raise bad_request("wrong type of the web page content")
    return Upload(name, content_type, response.content)
