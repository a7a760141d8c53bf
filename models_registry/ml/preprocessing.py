"""This will turn the bytes of an image into the uint8 canvas a model version was fitted on.

Fitting, evaluation and serving all call `decode` and then `to_canvas`, so that a photo meets the network as
the same numbers everywhere. Only Pillow and NumPy are imported: web and decoder processes use this room too.
"""

import struct
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
FILTERS = {
    "box": Image.Resampling.BOX,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}
_ORIENTATION_TAG = 0x0112
# The way back to upright for each value of the EXIF orientation tag (EXIF 2.32, §4.6.4).
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# What Pillow's decoders raise on damaged data; anything else is a fault of ours and must be seen.
_DAMAGE = (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, struct.error, zlib.error)


class NotAnImage(ValueError):
    """The bytes cannot become an upright RGB image.

    `code` is one of not_an_image, truncated_image, unsupported_mode, too_many_pixels; `detail` is a sentence.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail

    def __reduce__(self) -> tuple[type["NotAnImage"], tuple[str, str]]:
        """Let the error cross from a decoder process to its parent."""
        return (type(self), (self.code, self.detail))


@dataclass(frozen=True)
class CanvasSpec:
    """How an image becomes the square a model version sees; stored with the version.

    `size_px` is the side (8 to 2,048), `filter` the resampling, `padding` the grey level (0 to 255) around an
    image that is not square. Raises ValueError when a value is outside these.
    """

    size_px: int
    filter: str = "bilinear"
    padding: int = 114

    def __post_init__(self) -> None:
        if not 8 <= self.size_px <= 2048:
            raise ValueError(f"A canvas has 8 to 2048 px, not {self.size_px!r}.")
        if self.filter not in FILTERS:
            raise ValueError(f"The filter is one of {', '.join(FILTERS)}, not {self.filter!r}.")
        if not 0 <= self.padding <= 255:
            raise ValueError(f"The padding is a grey level from 0 to 255, not {self.padding!r}.")

    def to_dict(self) -> dict[str, Any]:
        """Describe the spec in JSON types."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "CanvasSpec":
        """Read what `to_dict` wrote. Raises ValueError on unknown, missing or impossible values."""
        unknown = set(values) - {"size_px", "filter", "padding"}
        if unknown or "size_px" not in values:
            raise ValueError(f"A canvas spec has size_px, filter and padding, not {sorted(values)}.")
        return cls(
            size_px=int(values["size_px"]),
            filter=str(values.get("filter", "bilinear")),
            padding=int(values.get("padding", 114)),
        )


def decode(data: bytes, *, max_pixels: int, frame: int = 0) -> Image.Image:
    """Decode every pixel, upright and in RGB.

    Takes the bytes of a JPEG, PNG, WebP or GIF; returns an RGB image with its EXIF orientation applied,
    transparency laid over white and 16-bit grey scaled to 8. `frame` chooses one of an animation. Raises
    NotAnImage, with too_many_pixels before any pixel is decoded; the header alone never proves an image
    whole, so all of it is read.
    """
    if ImageFile.LOAD_TRUNCATED_IMAGES:
        raise RuntimeError("Pillow's LOAD_TRUNCATED_IMAGES is on: damaged images would pass as whole ones.")
    image = _opened(data, max_pixels=max_pixels)
    try:
        if frame:
            image.seek(frame)
        image.load()
    except _DAMAGE as error:
        raise NotAnImage("truncated_image", f"The image is damaged or incomplete ({error}).") from error
    orientation = _orientation(image)
    upright = _rgb(image)
    return upright.transpose(_UPRIGHT[orientation]) if orientation in _UPRIGHT else upright


def to_canvas(image: Image.Image, spec: CanvasSpec) -> NDArray[np.uint8]:
    """Letterbox onto the square canvas of a spec, never cropping.

    Takes an upright image of any size; returns uint8 [H, W, 3] with H = W = `spec.size_px`, the image centered.
    Raises NotAnImage with unsupported_mode if the mode cannot become RGB.
    """
    scale = spec.size_px / max(image.size)
    width, height = (max(1, round(side * scale)) for side in image.size)
    fitted = _rgb(image)
    if fitted.size != (width, height):
        # A gap of 3 first reduces large photos by a whole factor: several times faster, equal to the eye.
        fitted = fitted.resize((width, height), FILTERS[spec.filter], reducing_gap=3.0)
    canvas = np.full((spec.size_px, spec.size_px, 3), spec.padding, dtype=np.uint8)  # [H, W, 3]
    top, left = (spec.size_px - height) // 2, (spec.size_px - width) // 2
    canvas[top : top + height, left : left + width] = np.asarray(fitted)
    return canvas


def _opened(data: bytes, *, max_pixels: int) -> Image.Image:
    try:
        image = Image.open(BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise NotAnImage("too_many_pixels", str(error)) from error
    except _DAMAGE as error:
        raise _unreadable(data) from error
    width, height = image.size
    if width * height > max_pixels:
        raise NotAnImage("too_many_pixels", f"The image has {width} x {height} pixels; at most {max_pixels} are read.")
    return image


def _unreadable(data: bytes) -> NotAnImage:
    """Tell a known kind of file that breaks off in its header from bytes that never were an image."""
    is_webp = data[:4] == b"RIFF" and data[8:12] == b"WEBP"
    if is_webp or data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a")):
        return NotAnImage("truncated_image", "The image is damaged or breaks off in its header.")
    return NotAnImage("not_an_image", "The bytes are no JPEG, PNG, WebP or GIF.")


def _orientation(image: Image.Image) -> int | None:
    try:
        value = image.getexif().get(_ORIENTATION_TAG)
    except _DAMAGE:
        # Cameras and editors write broken EXIF; the pixels are whole all the same, and taken as upright.
        return None
    return value if isinstance(value, int) else None


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode == "RGB" and "transparency" not in image.info:
        return image
    if image.mode.startswith("I"):
        return _from_16_bit(image)
    try:
        if image.has_transparency_data:
            seen = image.convert("RGBA")
            paper = Image.new("RGBA", seen.size, "white")
            return Image.alpha_composite(paper, seen).convert("RGB")
        return image.convert("RGB")
    except (ValueError, OSError) as error:
        raise NotAnImage("unsupported_mode", f"The mode {image.mode} cannot become RGB.") from error


def _from_16_bit(image: Image.Image) -> Image.Image:
    """Scale 0 to 65,535 down to 0 to 255; Pillow's own conversion clips at 255 and leaves a white square."""
    levels = np.asarray(image, dtype=np.float64).clip(0, 65535)  # [H, W]
    return Image.fromarray(np.rint(levels / 257).astype(np.uint8)).convert("RGB")
