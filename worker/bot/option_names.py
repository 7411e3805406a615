"""What people call our options' values, in both languages."""

from collections.abc import Mapping

from infra.fal.styles import NO_STYLE, STYLES

RATIO = r"21:9|16:9|9:16|4:3|3:4|3:2|2:3|1:1"

#: A picture has a size where a clip has an aspect.
SIZE_OF_ASPECT: Mapping[str, str] = {
    "1:1": "square",
    "16:9": "wide",
    "4:3": "landscape",
    "3:4": "portrait",
}
ASPECT_OF_SIZE: Mapping[str, str] = {
    "square": "1:1",
    "wide": "16:9",
    "landscape": "16:9",
    "portrait": "9:16",
}

SIZES: Mapping[str, str] = {
    "квадрат": "square",
    "квадратный": "square",
    "square": "square",
    "вертикальный": "portrait",
    "vertical": "portrait",
    "portrait": "portrait",
    "горизонтальный": "landscape",
    "horizontal": "landscape",
    "landscape": "landscape",
    "широкий": "wide",
    "wide": "wide",
}

STYLES_BY_NAME: Mapping[str, str] = {
    **{style: style for style in STYLES if style != NO_STYLE},
    "фото": "photo",
    "фотография": "photo",
    "кино": "cinematic",
    "аниме": "anime",
    "акварель": "watercolour",
    "watercolor": "watercolour",
    "масло": "oil",
    "3d": "render_3d",
    "пиксели": "pixel_art",
    "пиксель-арт": "pixel_art",
    "pixel art": "pixel_art",
    "графика": "line_art",
    "line art": "line_art",
    "комикс": "comic",
    "без стиля": NO_STYLE,
    "no style": NO_STYLE,
}
