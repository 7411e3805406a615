"""Styles: phrases that are appended to the prompt."""

from types import MappingProxyType

NO_STYLE = "none"

STYLES = MappingProxyType(
    {
        NO_STYLE: "",
        "photo": "professional photograph, natural light, true colours, sharp focus, fine detail",
        "cinematic": "cinematic film still, dramatic light, shallow depth of field, colour graded",
        "anime": "anime illustration, clean line work, cel shading, vivid colours",
        "watercolour": "watercolour painting, soft washes, visible paper texture, gentle edges",
        "oil": "oil painting, rich impasto brushwork, deep colours, canvas texture",
        "render_3d": "3D render, physically based materials, soft studio light, high detail",
        "pixel_art": "pixel art, limited palette, crisp square pixels, retro game look",
        "line_art": "line art, black ink on white paper, clean contours, no shading",
        "comic": "comic book panel, bold outlines, halftone dots, flat colours",
    }
)


def apply_style(prompt: str, style: str | None) -> str:
    """Return the prompt with the style's phrase. Raises ValueError for an unknown style."""
    if style is None:
        return prompt
    if style not in STYLES:
        raise ValueError(f"no style {style!r}; possible: {', '.join(STYLES)}")
    suffix = STYLES[style]
    return f"{prompt}, {suffix}" if suffix else prompt
