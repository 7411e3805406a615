"""Inputs of the image models, as their pages at https://fal.ai/models describe them."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from infra.sandbox.fal.orders import PictureOrder, Size
from infra.sandbox.fal.schema import Input, OneOf

PRESETS: dict[str, Size] = {
    "square_hd": (1024, 1024),
    "square": (512, 512),
    "portrait_4_3": (768, 1024),
    "portrait_16_9": (576, 1024),
    "landscape_4_3": (1024, 768),
    "landscape_16_9": (1024, 576),
}
RATIOS: dict[str, Size] = {
    "21:9": (1536, 672),
    "16:9": (1344, 768),
    "3:2": (1248, 832),
    "4:3": (1184, 864),
    "5:4": (1152, 896),
    "1:1": (1024, 1024),
    "4:5": (896, 1152),
    "3:4": (864, 1184),
    "2:3": (832, 1248),
    "9:16": (768, 1344),
}
Count = Annotated[int, Field(ge=1, le=4)]
Format = Annotated[str, OneOf("jpeg", "png")]
WebFormat = Annotated[str, OneOf("jpeg", "png", "webp")]
Tolerance = Annotated[str, OneOf("1", "2", "3", "4", "5", "6")]
Acceleration = Annotated[str, OneOf("none", "regular", "high")]
Guidance = Annotated[float, Field(ge=0, le=20)]
Strength = Annotated[float, Field(ge=0.01, le=1)]


class Dimensions(BaseModel):
    # The real models accept more; the fake stops where rendering takes seconds on a laptop.
    model_config = ConfigDict(strict=True)
    width: Annotated[int, Field(gt=0, le=2048)] = 512
    height: Annotated[int, Field(gt=0, le=2048)] = 512


def _kind_of_size(value: object) -> Literal["ImageSize", "preset"]:
    return "ImageSize" if isinstance(value, dict | Dimensions) else "preset"


ImageSize = Annotated[
    Annotated[Dimensions, Tag("ImageSize")] | Annotated[str, OneOf(*PRESETS), Tag("preset")],
    Discriminator(_kind_of_size),
]


def _pixels(size: Dimensions | str) -> Size:
    return (size.width, size.height) if isinstance(size, Dimensions) else PRESETS[size]


class Flux(Input):
    prompt: str
    image_size: ImageSize = "landscape_4_3"
    num_inference_steps: Annotated[int, Field(ge=1, le=50)] = 28
    guidance_scale: Guidance = 3.5
    num_images: Count = 1
    seed: int | None = None
    enable_safety_checker: bool = True
    output_format: Format = "jpeg"
    acceleration: Acceleration = "none"

    def order(self) -> PictureOrder:
        size = _pixels(self.image_size)
        return PictureOrder(self.prompt, self.seed, size, self.num_images, self.output_format)


class FluxSchnell(Flux):
    num_inference_steps: Annotated[int, Field(ge=1, le=12)] = 4


class QwenImage(Flux):
    negative_prompt: str = " "
    num_inference_steps: Annotated[int, Field(ge=2, le=50)] = 30
    guidance_scale: Guidance = 2.5
    output_format: Format = "png"


class Edit(Input):
    """Common fields of the models that edit an image."""

    prompt: str
    image_url: str
    num_images: Count = 1
    seed: int | None = None
    output_format: Format = "jpeg"

    def order(self) -> PictureOrder:
        return PictureOrder(
            self.prompt,
            self.seed,
            None,
            self.num_images,
            self.output_format,
            sources=(self.image_url,),
        )


class FluxImageToImage(Edit):
    strength: Strength = 0.95
    num_inference_steps: Annotated[int, Field(ge=10, le=50)] = 40
    guidance_scale: Guidance = 3.5
    enable_safety_checker: bool = True
    acceleration: Acceleration = "none"


class NanoBanana(Input):
    prompt: str
    num_images: Count = 1
    seed: int | None = None
    aspect_ratio: Annotated[str, OneOf(*RATIOS)] = "1:1"
    output_format: WebFormat = "png"
    safety_tolerance: Tolerance = "4"

    def order(self) -> PictureOrder:
        size = RATIOS.get(self.aspect_ratio)
        return PictureOrder(self.prompt, self.seed, size, self.num_images, self.output_format)


class NanoBananaEdit(NanoBanana):
    image_urls: Annotated[list[str], Field(min_length=1)]
    aspect_ratio: Annotated[str, OneOf("auto", *RATIOS)] = "auto"

    def order(self) -> PictureOrder:
        return PictureOrder(
            self.prompt,
            self.seed,
            RATIOS.get(self.aspect_ratio),
            self.num_images,
            self.output_format,
            field_name="image_urls",
            sources=tuple(self.image_urls),
        )


class Inpainting(Edit):
    mask_url: str

    def order(self) -> PictureOrder:
        return PictureOrder(
            self.prompt,
            self.seed,
            None,
            self.num_images,
            self.output_format,
            sources=(self.image_url,),
            mask=self.mask_url,
        )


class FluxFill(Inpainting):
    safety_tolerance: Tolerance = "2"


class FluxGeneralInpainting(Inpainting):
    strength: Strength = 0.85
    num_inference_steps: Annotated[int, Field(ge=1, le=50)] = 28
    guidance_scale: Guidance = 3.5
    negative_prompt: str = ""
    enable_safety_checker: bool = True


class Upscaler(Input):
    """Accepts unknown fields: the documentation names only image and scale."""

    image_url: str
    prompt: str = ""
    seed: int | None = None
    scale: Annotated[float, Field(ge=1, le=8)] = 2
    upscale_factor: Annotated[float, Field(ge=1, le=4)] | None = None
    output_format: Format = "png"

    def order(self) -> PictureOrder:
        return PictureOrder(
            self.prompt,
            self.seed,
            None,
            1,
            self.output_format,
            sources=(self.image_url,),
            enlarge=self.upscale_factor or self.scale,
        )
