"""Submission of videos: text to video and image to video."""

from typing import Unpack

from infra.fal.model import Work
from infra.fal.submit_base import Generation, Given, SubmitOptions, build_arguments, choose_model
from infra.fal.tasks import TaskId


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
