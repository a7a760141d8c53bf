"""This will turn bytes into what people and networks look at: header, derivatives, hash, canvases.

Pure: bytes in, bytes and arrays out. ``header`` reads no pixels and is safe inside a request; ``develop`` decodes
in full and belongs into a process with limits (see decoders).
"""

import io
import struct
from dataclasses import dataclass

import numpy as np
from PIL import Image

from annotation import perceptual
from models_registry.ml.preprocessing import CanvasSpec, decode, to_canvas

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
THUMBNAIL_PX = 256
VIEW_PX = 1280
# Another kind of file inside the same bytes: a photo has no reason to carry one. Every sign is so long that compressed
# pixels hold it by chance less than once in a million large photos. XMP and Apple's plists (<?xml) are no such sign.
_FOREIGN = (
    *(b"<script", b"<iframe", b"<!doctype html", b"<html>", b"<html ", b"<body>", b"<body "),
    *(b"<svg xmlns", b"<svg onload", b"<svg/on", b"<?php ", b"<?php\n", b"<?php\r", b"%pdf-1.", b"%pdf-2."),
)
# A zip archive is found by its directory, whose end lies in the last 64 KiB and its own 22 bytes.
_ARCHIVE_ENTRY, _ARCHIVE_END = b"PK\x01\x02", b"PK\x05\x06"
_ARCHIVE_END_BYTES = 22
_ARCHIVE_REACH = 0xFFFF + _ARCHIVE_END_BYTES
# What Pillow raises when a header is not one.
_DAMAGE = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, OverflowError, struct.error)
# JPEG counts sides in 16 bits, and encoders stop a little earlier.
_JPEG_PX = 65_500
# The limit of pixels is the caller's and checked here; Pillow's own is lower than some are allowed to set ours.
Image.MAX_IMAGE_PIXELS = None


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
    """One image, decoded once. ``canvases`` holds one uint8 [H, W, 3] per requested spec, in their order.

    ``cpu_seconds`` are what that took the processor of another process.
    """

    width_px: int
    height_px: int
    thumbnail: bytes
    view: bytes
    pdq: bytes
    brightness: float
    canvases: tuple[np.ndarray, ...]
    cpu_seconds: float = 0.0


def header(data: bytes, *, max_bytes: int, max_px: int) -> Header:
    """Read format and size from the first bytes, without decoding.

    Raises ImageRefused with one of: empty_image, image_too_large, not_an_image, polyglot, too_many_pixels,
    animated_image.
    """
    if not data:
        raise ImageRefused("empty_image", "The image is empty.")
    if len(data) > max_bytes:
        raise ImageRefused("image_too_large", f"The image has {len(data):,} bytes; {max_bytes:,} are allowed.")
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            head = _checked(image, max_px=max_px)
    except ImageRefused:
        raise
    except _DAMAGE as error:
        raise ImageRefused("not_an_image", "Not a JPEG, PNG, WebP or GIF image.") from error
    lowered = data.lower()
    if any(sign in lowered for sign in _FOREIGN) or _is_archive(data):
        raise ImageRefused("polyglot", "The image also reads as another kind of file.")
    return head


def _is_archive(data: bytes) -> bool:
    """Find a zip archive's directory near the end; four bytes that only look like one do not count."""
    start = max(0, len(data) - _ARCHIVE_REACH)
    end = data.find(_ARCHIVE_END, start)
    while 0 <= end <= len(data) - _ARCHIVE_END_BYTES:
        directory_bytes, _, comment_bytes = struct.unpack_from("<IIH", data, end + 12)
        if end + _ARCHIVE_END_BYTES + comment_bytes == len(data):
            return True
        if directory_bytes <= end and data.startswith(_ARCHIVE_ENTRY, end - directory_bytes):
            return True
        end = data.find(_ARCHIVE_END, end + 1)
    return False


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
    image = _decoded(data, max_px=max_px)
    view = _fitted(image, VIEW_PX)
    small = _fitted(view, THUMBNAIL_PX)
    # Of a thumbnail with two lines for each that is looked at, the hash is the view's but for 4 bits, at a tenth.
    hashed = small if min(small.size) >= 2 * perceptual.GRID_PX else view
    return Developed(
        width_px=image.width,
        height_px=image.height,
        thumbnail=_jpeg(small),
        view=_jpeg(view),
        pdq=perceptual.pdq(hashed),
        brightness=float(np.asarray(small.convert("L"), dtype=np.float32).mean() / 255),
        canvases=tuple(to_canvas(image, spec) for spec in specs),
    )


def full_size(data: bytes, *, max_px: int) -> bytes:
    """Re-encode at full size (as far as a JPEG can be), upright and without metadata. Raises NotAnImage."""
    return _jpeg(_fitted(_decoded(data, max_px=max_px), _JPEG_PX))


def _decoded(data: bytes, *, max_px: int) -> Image.Image:
    """Decode without what the file says beside its pixels: Pillow would write a JPEG's comment into derivatives."""
    image = decode(data, max_pixels=max_px)
    image.info = {}
    return image


def _fitted(image: Image.Image, longest_px: int) -> Image.Image:
    """Shrink so that the longer side is at most ``longest_px``; never enlarges."""
    if max(image.size) <= longest_px:
        return image
    scale = longest_px / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    # The gap reduces large photos by a whole factor first: several times faster, without a copy, equal to the eye (a
    # thumbnail is 48 dB from one without, where JPEG leaves 38).
    return image.resize(size, Image.Resampling.BICUBIC, reducing_gap=1.25)


def _jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=88)
    return out.getvalue()
