"""Common base of the submission of images and videos."""

from dataclasses import dataclass
from pathlib import Path
from typing import Required, TypedDict

from infra.errors import BadPicture, BrokenResult, FailureKind
from infra.fal.client import BeforePost, FalClient
from infra.fal.downloads import Download
from infra.fal.model import Model, Work
from infra.fal.models.catalogue import model
from infra.fal.styles import apply_style
from infra.fal.tasks import TaskId, TaskStatus
from infra.images.inspect import Clip, ImageInfo, inspect

_NOT_FOR_THE_MODEL = (
    *("model", "style", "webhook_url", "start_timeout"),
    *("before_post", "margins"),
)


@dataclass(frozen=True, slots=True)
class Hosted:
    """An image or a video at a URL that fal can read: uploaded before, or behind a signed URL of webhook_app."""

    url: str


type Given = Path | Hosted


class SubmitOptions(TypedDict, total=False):
    """`model` is an endpoint id, `start_timeout` seconds; None or absent means not set.

    `before_post` is called with the digest of the input, just before it is sent.
    """

    model: Required[str]
    style: str | None
    negative_prompt: str | None
    seed: int | None
    webhook_url: str | None
    start_timeout: float | None
    before_post: BeforePost | None


class Generation:
    """Submits tasks, polls them and downloads their results."""

    def __init__(self, client: FalClient) -> None:
        self._client = client

    async def check_status(self, task_id: TaskId) -> TaskStatus:
        """See `FalClient.check_status`."""
        return await self._client.check_status(task_id)

    async def download_result(self, result_url: str, target_path: Path) -> Download:
        """See `FalClient.download_result`."""
        return await self._client.download_result(result_url, target_path)

    async def _submit(
        self, row: Model, arguments: dict[str, object], options: SubmitOptions
    ) -> TaskId:
        return await self._client.submit(
            row.endpoint,
            arguments,
            webhook_url=options.get("webhook_url"),
            start_timeout=options.get("start_timeout"),
            before_post=options.get("before_post"),
        )

    async def _upload(self, picture: Given) -> str:
        """Return a URL that fal's models can read."""
        if isinstance(picture, Hosted):
            return picture.url
        found = await inspect_input(picture)
        return await self._client.upload(picture, found.content_type)


def choose_model(endpoint: str, *works: Work) -> Model:
    """Return the model of an endpoint. Raises ValueError if it does other work."""
    row = model(endpoint)
    if row.works.isdisjoint(works):
        raise ValueError(f"{endpoint} does {row.work}; this needs {' or '.join(works)}")
    return row


def build_arguments(
    row: Model, prompt: str, options: SubmitOptions, **ours: object
) -> dict[str, object]:
    """Build the request without images. Raises ValueError for an unsupported option."""
    chosen = {**options, **ours}
    for name in _NOT_FOR_THE_MODEL:
        chosen.pop(name, None)
    words = apply_style(prompt, options.get("style")) if row.takes_prompt else ""
    return row.arguments(words, **chosen)


async def inspect_input(path: Path) -> ImageInfo:
    """Decode a user's image to validate it. Raises BadPicture if it is not an image."""
    try:
        found = await inspect(path)
    except BrokenResult as error:
        raise BadPicture(error.flaw, error.detail) from error
    if isinstance(found, Clip):
        raise BadPicture(FailureKind.PICTURE_FORMAT, "This is a video, and an image is needed.")
    return found
