"""Submission of videos: from text, from an image, from a first and a last frame, and from another video."""

from typing import Unpack

from infra.fal.model import Work
from infra.fal.submit_base import (
    Generation,
    Given,
    Hosted,
    SubmitOptions,
    build_arguments,
    choose_model,
)
from infra.fal.tasks import TaskId


class VideoOptions(SubmitOptions, total=False):
    duration: int | None
    aspect: str | None
    audio: bool | None
    scale: int | None


class Videos(Generation):
    """`duration` is seconds, `aspect` is such as 16:9, `audio` is whether there is sound; None is the model's default.

    Each submit raises ValueError for an unsupported option before anything is sent, and else as `FalClient.submit`.
    """

    async def submit_video_from_text(
        self,
        prompt: str,
        duration: int | None,
        aspect: str | None,
        audio: bool | None,  # noqa: FBT001 - the order of arguments is fixed by contract
        **opts: Unpack[SubmitOptions],
    ) -> TaskId:
        row = choose_model(opts["model"], Work.VIDEO)
        arguments = build_arguments(
            row, prompt, opts, duration=duration, aspect=aspect, audio=audio
        )
        return await self._submit(row, arguments, opts)

    async def submit_video_from_image(
        self,
        image_path: Given,
        prompt: str,
        duration: int | None,
        aspect: str | None,
        audio: bool | None,  # noqa: FBT001 - the order of arguments is fixed by contract
        **opts: Unpack[SubmitOptions],
    ) -> TaskId:
        row = choose_model(opts["model"], Work.IMAGE_TO_VIDEO)
        arguments = build_arguments(
            row, prompt, opts, duration=duration, aspect=aspect, audio=audio
        )
        image_url = await self._upload(image_path)
        return await self._submit(row, arguments | row.image_arguments(image_url), opts)

    async def submit_video_from_frames(  # noqa: PLR0913, PLR0917 - as the others, with both frames
        self,
        first_path: Given,
        last_path: Given,
        prompt: str,
        duration: int | None,
        aspect: str | None,
        audio: bool | None,  # noqa: FBT001 - the order of arguments is fixed by contract
        **opts: Unpack[SubmitOptions],
    ) -> TaskId:
        row = choose_model(opts["model"], Work.FIRST_LAST_FRAME)
        arguments = build_arguments(
            row, prompt, opts, duration=duration, aspect=aspect, audio=audio
        )
        first_url, last_url = await self._upload(first_path), await self._upload(last_path)
        return await self._submit(row, arguments | row.image_arguments(first_url, last_url), opts)

    async def submit_video_from_video(
        self, video: Hosted, prompt: str, **opts: Unpack[VideoOptions]
    ) -> TaskId:
        """Extend a video, or upscale it by `scale`."""
        row = choose_model(opts["model"], Work.EXTEND_VIDEO, Work.VIDEO_UPSCALE)
        arguments = build_arguments(row, prompt, opts)
        return await self._submit(row, arguments | row.video_arguments(video.url), opts)
