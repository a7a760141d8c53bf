"""What bytes are taken as an image, and what people see of it."""

import io
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Picture

from annotation import perceptual, pixels
from annotation.pixels import ImageRefused
from models_registry.ml.preprocessing import CanvasSpec, NotAnImage
from tests.annotation.builders import encoded, picture

PHOTOS = Path(__file__).parents[3] / "shared" / "data" / "photos.zip"
LIMITS = {"max_bytes": 1 << 20, "max_px": 10**6}
ORIENTATION, ARTIST = 0x0112, 0x013B


def jpeg(**how):
    return encoded(picture(), "JPEG", **how)


def archive(*, comment=b""):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("evil.txt", "x" * 100)
        file.comment = comment
    return out.getvalue()


def animation(format, **how):
    frames = [picture(seed) for seed in range(3)]
    return encoded(frames[0], format, save_all=True, append_images=frames[1:], duration=100, **how)


def png_that_says(width, height):
    """Write a PNG whose header promises more than its few bytes hold."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b"")]
    chunks = [
        struct.pack(">I", len(one)) + kind + one + struct.pack(">I", zlib.crc32(kind + one)) for kind, one in parts
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@pytest.mark.parametrize(
    ("code", "data"),
    [
        ("empty_image", b""),
        ("image_too_large", jpeg() + b"\0" * LIMITS["max_bytes"]),
        ("not_an_image", b"hello"),
        ("not_an_image", b'<svg xmlns="http://www.w3.org/2000/svg"/>'),
        ("not_an_image", b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'),
        ("not_an_image", b"<html><img src=x></html>"),
        ("not_an_image", archive()),
        ("not_an_image", encoded(picture(), "BMP")),
        ("not_an_image", encoded(picture(), "TIFF")),
        ("not_an_image", jpeg()[:20]),
        ("not_an_image", encoded(picture(), "PNG")[:20]),
        ("not_an_image", encoded(picture(), "WEBP")[:20]),
        ("not_an_image", encoded(picture(), "GIF")[:8]),
        ("polyglot", jpeg() + archive()),
        ("polyglot", jpeg() + archive(comment=b"c" * 1000)),
        ("polyglot", jpeg() + archive() + b"\0" * 500),
        ("polyglot", encoded(picture(), "GIF") + b"/*<ScRiPt>alert(1)</script>*/"),
        ("polyglot", encoded(picture(), "GIF", comment=b"<script>alert(1)</script>")),
        ("polyglot", encoded(picture(), "PNG") + b"<html><body>hello</body></html>"),
        ("polyglot", encoded(picture(), "PNG") + b"<!DOCTYPE html><p>hello"),
        ("polyglot", encoded(picture(), "PNG") + b'<svg onload="x()"/>'),
        ("polyglot", jpeg(comment=b"<?php system($_GET['c']); ?>")),
        ("polyglot", jpeg() + b"%PDF-1.7\n1 0 obj"),
        ("polyglot", jpeg(comment=b"%PDF-1.4\n1 0 obj")),
        ("too_many_pixels", png_that_says(50_000, 50_000)),
        ("too_many_pixels", png_that_says(1001, 1000)),
        ("too_many_pixels", encoded(Picture.new("L", (1001, 1000)), "WEBP")),
        ("animated_image", animation("GIF")),
        ("animated_image", animation("WEBP")),
        ("animated_image", animation("PNG")),
    ],
)
def test_bytes_that_are_no_photo_are_refused_with_a_code_of_their_own(code, data):
    with pytest.raises(ImageRefused) as refused:
        pixels.header(data, **LIMITS)
    assert refused.value.code == code


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_still_image_of_a_known_format_is_taken(format):
    head = pixels.header(encoded(picture(size=(30, 20)), format), **LIMITS)
    assert (head.format, head.width_px, head.height_px) == (format, 30, 20)


def test_the_name_does_not_matter_but_the_content_does():
    assert pixels.header(encoded(picture(), "PNG"), **LIMITS).format == "PNG"


def test_a_photo_with_a_second_picture_in_it_is_taken_as_a_photo():
    data = encoded(picture(), "MPO", save_all=True, append_images=[picture(1)])
    assert pixels.header(data, **LIMITS).format == "JPEG"
    assert pixels.develop(data, max_px=10**6).width_px == 96


def test_an_image_of_exactly_the_limits_is_taken():
    data = encoded(picture(size=(100, 50)))
    assert pixels.header(data, max_bytes=len(data), max_px=5000).width_px == 100


@pytest.mark.parametrize(
    "beside",
    [
        b'<?xml version="1.0"?>\n<!DOCTYPE plist PUBLIC "-//Apple Computer//DTD PLIST 1.0//EN" "x">',
        b"<?xpacket begin=''?><x:xmpmeta xmlns:x='adobe:ns:meta/'></x:xmpmeta>",
        b"\x00\x1aPK\x05\x06 four bytes that look like the end of an archive" + b"\0" * 40,
        b"<svg\x9f<html\xb0%pdf-\x11: short signs occur in compressed pixels",
    ],
)
def test_what_cameras_write_and_chance_brings_is_no_polyglot(beside):
    pixels.header(jpeg(comment=beside), **LIMITS)
    pixels.header(jpeg() + beside, **LIMITS)


@pytest.mark.skipif(not PHOTOS.exists(), reason=f"needs {PHOTOS.name}, the photos to develop against")
def test_no_ordinary_photo_is_refused():
    with zipfile.ZipFile(PHOTOS) as photos:
        names = [name for name in photos.namelist() if name.endswith(".jpg")]
        heads = [pixels.header(photos.read(name), max_bytes=20 << 20, max_px=50_000_000) for name in names]
    assert len(heads) == 1530
    assert {one.format for one in heads} == {"JPEG"}


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_seen_upright_whatever_its_orientation_says(orientation):
    # Red on the left half, upright; each way back is the inverse of what Pillow's own transposing does.
    upright = Picture.new("RGB", (64, 32), "blue")
    upright.paste("red", (0, 0, 32, 32))
    ways = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    stored = upright.transpose(ways[orientation]) if orientation in ways else upright
    exif = Picture.Exif()
    exif[ORIENTATION] = orientation
    seen = pixels.develop(encoded(stored, "PNG", exif=exif), max_px=10**6)
    view = Picture.open(io.BytesIO(seen.view))
    assert (seen.width_px, seen.height_px, view.size) == (64, 32, (64, 32))
    assert view.getpixel((5, 16))[0] > 200
    assert view.getpixel((58, 16))[2] > 200


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16"])
def test_white_is_white_in_every_mode(mode):
    deep = Picture.fromarray(np.full((40, 40), 65535, dtype=np.uint16))
    white = deep if mode == "I;16" else Picture.new("RGB", (40, 40), "white").convert(mode)
    seen = pixels.develop(encoded(white, "JPEG" if mode == "CMYK" else "PNG"), max_px=10**6)
    view = Picture.open(io.BytesIO(seen.view))
    assert (view.mode, view.getpixel((20, 20))) == ("RGB", (255, 255, 255))


def test_what_is_transparent_lies_on_white():
    seen = pixels.develop(encoded(Picture.new("RGBA", (20, 20), (255, 0, 0, 0)), "PNG"), max_px=10**6)
    assert Picture.open(io.BytesIO(seen.view)).getpixel((10, 10)) == (255, 255, 255)


def test_derivatives_keep_to_their_bounds_and_carry_no_metadata():
    exif = Picture.Exif()
    exif[ARTIST] = "somebody"
    data = encoded(picture(size=(2000, 500)), "JPEG", exif=exif, comment=b"here", icc_profile=b"profile" * 20)
    seen = pixels.develop(data, max_px=10**7)
    bounds = {seen.thumbnail: (256, 64), seen.view: (1280, 320), pixels.full_size(data, max_px=10**7): (2000, 500)}
    for derivative, size in bounds.items():
        image = Picture.open(io.BytesIO(derivative))
        assert (image.format, image.size) == ("JPEG", size)
        assert not image.getexif()
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert b"somebody" not in derivative


@pytest.mark.parametrize("size", [(1280, 960), (1277, 853), (2500, 1250), (1280, 150), (641, 481), (90, 80)])
def test_an_image_is_hashed_as_a_whole_though_mostly_by_its_thumbnail(size):
    data = encoded(picture(seed=3, size=size), "PNG")
    whole = perceptual.pdq(Picture.open(io.BytesIO(data)))
    assert perceptual.distance(pixels.develop(data, max_px=10**7).pdq, whole) <= 6


def test_a_small_image_is_not_enlarged():
    seen = pixels.develop(encoded(picture(size=(32, 20))), max_px=10**6)
    assert {Picture.open(io.BytesIO(one)).size for one in (seen.thumbnail, seen.view)} == {(32, 20)}


def test_a_line_of_pixels_stays_at_least_one_pixel_high():
    seen = pixels.develop(encoded(Picture.new("RGB", (100_000, 1)), "PNG"), max_px=10**6, specs=(CanvasSpec(32),))
    assert Picture.open(io.BytesIO(seen.view)).size == (1280, 1)
    assert seen.canvases[0].shape == (32, 32, 3)


def test_what_is_wider_than_a_jpeg_can_be_is_shown_as_large_as_one_can():
    data = encoded(Picture.new("RGB", (70_000, 2)), "PNG")
    assert Picture.open(io.BytesIO(pixels.full_size(data, max_px=10**6))).size == (65_500, 2)


def test_half_a_photo_passes_its_header_and_not_its_decoding():
    data = encoded(picture(size=(400, 300)))
    half = data[: len(data) // 2]
    assert pixels.header(half, **LIMITS).width_px == 400
    with pytest.raises(NotAnImage) as refused:
        pixels.develop(half, max_px=10**6)
    assert refused.value.code == "truncated_image"


def test_a_bomb_is_not_decoded_either():
    with pytest.raises(NotAnImage) as refused:
        pixels.develop(png_that_says(50_000, 50_000), max_px=10**6)
    assert refused.value.code == "too_many_pixels"


def test_brightness_goes_from_black_to_white():
    black, white = (pixels.develop(encoded(Picture.new("L", (9, 9), one)), max_px=100) for one in (0, 255))
    assert (black.brightness, white.brightness) == (0.0, 1.0)


def test_each_canvas_that_was_asked_for_comes_in_its_order():
    seen = pixels.develop(encoded(picture()), max_px=10**6, specs=(CanvasSpec(32), CanvasSpec(64)))
    assert [one.shape for one in seen.canvases] == [(32, 32, 3), (64, 64, 3)]
