"""This will turn bytes into what people and networks look at: header, derivatives, hash, canvases.

Pure: bytes in, bytes and arrays out. ``header`` reads no pixels and is safe inside a request; ``develop`` decodes
in full and belongs into a process with limits (see decoders).
"""

import io
import warnings
import zipfile
from dataclasses import dataclass

import numpy as np
from PIL import Image

from annotation import perceptual
from models_registry.ml.preprocessing import CanvasSpec, decode, to_canvas

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
THUMBNAIL_PX = 256
VIEW_PX = 1280
# Signs of another kind of file inside the same bytes. A photo has no reason to carry them.
_FOREIGN = (b"<script", b"<?php", b"<html", b"<!doctype", b"<svg", b"%pdf-")


class ImageRefused(ValueError):
    """The bytes are not an image this service takes; ``code`` says which rule they break."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


@dataclass(frozen=True)
class Header:
    format: str
    width_px: int
    height_px: int


@dataclass(frozen=True)
class Developed:
    """One image, decoded once. ``canvases`` holds one uint8 [H, W, 3] per requested spec, in their order."""

    width_px: int
    height_px: int
    thumbnail: bytes
    view: bytes
    pdq: bytes
    brightness: float
    canvases: tuple[np.ndarray, ...]


def header(data: bytes, *, max_bytes: int, max_px: int) -> Header:
    """Read format and size from the first bytes, without decoding.

    Raises ImageRefused with one of: empty_image, image_too_large, not_an_image, polyglot, too_many_pixels,
    animated_image.
    """
    if not data:
        raise ImageRefused("empty_image", "The image is empty.")
    if len(data) > max_bytes:
        raise ImageRefused("image_too_large", f"The image has {len(data):,} bytes; {max_bytes:,} are allowed.")
    _refuse_foreign(data)
    with warnings.catch_warnings():
        # The limit of pixels is ours, checked just below; Pillow's own only warns.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            with Image.open(io.BytesIO(data), formats=FORMATS) as image:
                return _checked(image, max_px=max_px)
        except ImageRefused:
            raise
        except Image.DecompressionBombError:
            raise ImageRefused("too_many_pixels", f"More than {max_px:,} pixels.") from None
        except Exception as error:
            raise ImageRefused("not_an_image", "Not a JPEG, PNG, WebP or GIF image.") from error


def _refuse_foreign(data: bytes) -> None:
    lowered = data.lower()
    is_markup = lowered.lstrip().startswith((b"<svg", b"<?xml"))
    if not is_markup and any(sign in lowered for sign in _FOREIGN):
        raise ImageRefused("polyglot", "The image also reads as another kind of file.")
    if zipfile.is_zipfile(io.BytesIO(data)):
        raise ImageRefused("polyglot", "The image is an archive as well.")


def _checked(image: Image.Image, *, max_px: int) -> Header:
    width, height = image.size
    if width * height > max_px:
        raise ImageRefused("too_many_pixels", f"{width}×{height} is more than {max_px:,} pixels.")
    # A JPEG that carries a second picture (gain map, stereo) opens as MPO; its first frame is the photo.
    if image.format != "MPO" and getattr(image, "is_animated", False):
        raise ImageRefused("animated_image", "The file has several frames; only still images are taken.")
    return Header("JPEG" if image.format == "MPO" else str(image.format), width, height)


def develop(data: bytes, *, max_px: int, specs: tuple[CanvasSpec, ...] = ()) -> Developed:
    """Decode in full and make everything that is needed of the pixels. Raises NotAnImage."""
    image = decode(data, max_pixels=max_px)
    view = _fitted(image, VIEW_PX)
    small = _fitted(view, THUMBNAIL_PX)
    return Developed(
        width_px=image.width,
        height_px=image.height,
        thumbnail=_jpeg(small),
        view=_jpeg(view),
        pdq=perceptual.pdq(view),
        brightness=float(np.asarray(small.convert("L"), dtype=np.float32).mean() / 255),
        canvases=tuple(to_canvas(image, spec) for spec in specs),
    )


def full_size(data: bytes, *, max_px: int) -> bytes:
    """Re-encode at full size, upright and without metadata. Raises NotAnImage."""
    return _jpeg(decode(data, max_pixels=max_px))


def _fitted(image: Image.Image, longest_px: int) -> Image.Image:
    """Shrink so that the longer side is at most ``longest_px``; never enlarges."""
    if max(image.size) <= longest_px:
        return image
    small = image.copy()
    small.thumbnail((longest_px, longest_px), Image.Resampling.BICUBIC)
    return small


def _jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=88)
    return out.getvalue()
