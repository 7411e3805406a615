"""The request to fal that costs money: which submit function, with which inputs and which webhook."""

import secrets
from typing import Any

from infra.errors import FailureKind, NotSent, StorageError
from infra.fal.client import BeforePost
from infra.fal.images import Images
from infra.fal.model import Work
from infra.fal.models.catalogue import model
from infra.fal.submit_base import Hosted
from infra.fal.tasks import TaskId
from infra.fal.videos import Videos
from infra.images.outpaint import DEFAULT_SIZE, Margins, margins
from infra.storage.file_urls import Links
from infra.storage.presigned_urls import FAL_URL_SECONDS
from worker.jobs.fal_webhooks import webhook_url
from worker.model import Job, Request


class PaidRequest:
    """`links` signs URLs of our storage for fal; `max_wait` is how long fal may take for a job, in seconds."""

    def __init__(
        self,
        images: Images,
        videos: Videos,
        links: Links | None,
        public_url: str | None,
        max_wait: float,
    ) -> None:
        self._images = images
        self._videos = videos
        self._links = links
        self._public_url = public_url
        self._link_seconds = max_wait + FAL_URL_SECONDS

    def has_inputs(self, job: Job) -> bool:
        """Return whether fal can fetch the inputs; not if it was to fetch them from us and public_url was removed."""
        is_prepared = job.inputs and (self._links or job.picture_urls)
        return bool(is_prepared) or not job.request.pictures

    def webhook_token(self, job: Job) -> str | None:
        """Return the one token of a job, so that a webhook of an earlier try stays valid."""
        return (job.webhook_token or secrets.token_urlsafe(24)) if self._public_url else None

    async def post(self, job: Job, before_post: BeforePost) -> TaskId:
        """Submit the job; `before_post` gets the digest of what is sent.

        Raises ValueError for inputs or options that its model does not take, else as FalClient."""
        request = job.sent_request
        options: dict[str, Any] = {**request.options, "model": request.model}
        options |= {"webhook_url": None, "before_post": before_post}
        if self._public_url and job.webhook_token:
            options["webhook_url"] = webhook_url(self._public_url, job.id, job.webhook_token)
        work = model(request.model).work
        clip: list[Any] = []
        if work in {Work.VIDEO, Work.IMAGE_TO_VIDEO, Work.FIRST_LAST_FRAME}:
            clip = [options.pop(name, None) for name in ("duration", "aspect", "audio")]
        match work:
            case Work.IMAGE:
                return await self._images.submit_image(request.prompt, **options)
            case Work.VIDEO:
                return await self._videos.submit_video_from_text(request.prompt, *clip, **options)
            case Work.IMAGE_TO_VIDEO:
                pictures, _ = await self._hosted(job)
                return await self._videos.submit_video_from_image(
                    pictures[0], request.prompt, *clip, **options
                )
            case Work.FIRST_LAST_FRAME:
                frames, _ = await self._hosted(job)
                return await self._videos.submit_video_from_frames(
                    frames[0], frames[1], request.prompt, *clip, **options
                )
            case Work.EXTEND_VIDEO | Work.VIDEO_UPSCALE:
                videos, _ = await self._hosted(job)
                return await self._videos.submit_video_from_video(
                    videos[0], request.prompt, **options
                )
            case _:
                pictures, mask = await self._hosted(job)
                if work is Work.OUTPAINT:
                    options["margins"] = _margins(request)
                return await self._images.submit_image_edit(
                    pictures, request.prompt, mask, **options
                )

    async def _hosted(self, job: Job) -> tuple[list[Hosted], Hosted | None]:
        """Return the URLs of the images and of the mask; our own URLs are signed for this submit only.

        Raises ValueError if the model needs other inputs, NotSent if the storage cannot sign URLs now.
        """
        with_mask = job.request.mask is not None
        model(job.request.model).check_pictures(len(job.request.pictures), with_mask=with_mask)
        urls = [*job.picture_urls, *([job.mask_url] if job.mask_url else [])]
        if self._links:
            # fal reads them when it starts the job, which may be after a long time in its queue.
            try:
                urls = [await self._links.url(key, self._link_seconds) for key in job.inputs]
            except StorageError as error:
                raise NotSent(FailureKind.STORAGE, str(error)) from error
        hosted = [Hosted(url) for url in urls]
        return (hosted[:-1], hosted[-1]) if with_mask else (hosted, None)


def _margins(request: Request) -> Margins:
    """Return what the order adds on each side. Raises ValueError if the image has the format already."""
    size = request.pictures[0].size if request.pictures else None
    found = margins(str(request.options.get("size", DEFAULT_SIZE)), *size) if size else None
    if found is None:
        raise ValueError("The image has this format already.")
    return found
