"""What every decoder process relies on: whole, upright RGB, or a refusal with a code."""

import pickle
import subprocess
import sys
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageFile

from models_registry.ml.preprocessing import CanvasSpec, NotAnImage, decode, to_canvas

MANY = 1_000_000
# What a camera held some other way writes down, by the tag that turns it back.
STORED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    stream = BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def noise(width: int = 80, height: int = 60) -> Image.Image:
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8))


def corners() -> Image.Image:
    """A wide image with a red top left and a blue bottom right quarter."""
    image = Image.new("RGB", (64, 32), "white")
    image.paste("red", (0, 0, 32, 16))
    image.paste("blue", (32, 16, 64, 32))
    return image


def is_close(pixel: Any, wanted: tuple[int, int, int]) -> bool:
    return bool(np.abs(np.subtract(pixel, wanted)).max() <= 12)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_every_accepted_format_becomes_rgb(kind: str) -> None:
    image = decode(encoded(noise(), kind), max_pixels=MANY)
    assert (image.mode, image.size) == ("RGB", (80, 60))


@pytest.mark.parametrize("kind", ["BMP", "TIFF", "PPM"])
def test_other_formats_are_no_images_to_us(kind: str) -> None:
    with pytest.raises(NotAnImage) as refusal:
        decode(encoded(noise(), kind), max_pixels=MANY)
    assert refusal.value.code == "not_an_image"


@pytest.mark.parametrize("data", [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7", bytes(5000)])
def test_bytes_that_never_were_an_image_are_refused(data: bytes) -> None:
    with pytest.raises(NotAnImage) as refusal:
        decode(data, max_pixels=MANY)
    assert refusal.value.code == "not_an_image"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
@pytest.mark.parametrize("kept", [0.02, 0.5, 0.9])
def test_an_image_cut_short_is_truncated(kind: str, kept: float) -> None:
    data = encoded(noise(), kind)
    with pytest.raises(NotAnImage) as refusal:
        decode(data[: int(len(data) * kept)], max_pixels=MANY)
    assert refusal.value.code == "truncated_image"


def test_too_many_pixels_are_refused_before_any_is_decoded() -> None:
    cut = encoded(noise(), "JPEG")[:2000]
    with pytest.raises(NotAnImage) as refusal:
        decode(cut, max_pixels=80 * 60 - 1)
    assert refusal.value.code == "too_many_pixels"
    assert decode(encoded(noise(), "JPEG"), max_pixels=80 * 60).size == (80, 60)


def test_a_decompression_bomb_is_too_many_pixels() -> None:
    small = encoded(Image.new("RGB", (8, 8)), "GIF")
    with pytest.raises(NotAnImage) as refusal:
        decode(small[:6] + b"\xff\xff\xff\xff" + small[10:], max_pixels=MANY)
    assert refusal.value.code == "too_many_pixels"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_ends_upright(orientation: int) -> None:
    stored = corners()
    if orientation in STORED:
        stored = stored.transpose(STORED[orientation])
    exif = Image.Exif()
    exif[0x0112] = orientation
    upright = decode(encoded(stored, "JPEG", exif=exif, quality=95), max_pixels=MANY)
    assert upright.size == (64, 32)
    assert is_close(upright.getpixel((4, 4)), (255, 0, 0))
    assert is_close(upright.getpixel((60, 28)), (0, 0, 255))


@pytest.mark.parametrize(
    ("image", "options"),
    [
        (Image.new("RGBA", (4, 4), (0, 0, 0, 0)), {}),
        (Image.new("LA", (4, 4), (0, 0)), {}),
        (Image.new("RGB", (4, 4), (1, 2, 3)).quantize(2), {"transparency": 0}),
        (Image.new("L", (4, 4), 7), {"transparency": 7}),
        (Image.new("RGB", (4, 4), (1, 2, 3)), {"transparency": (1, 2, 3)}),
    ],
    ids=["RGBA", "LA", "P", "L", "RGB"],
)
def test_what_is_transparent_is_seen_over_white(image: Image.Image, options: dict[str, Any]) -> None:
    seen = decode(encoded(image, "PNG", **options), max_pixels=MANY)
    assert (seen.mode, seen.getpixel((0, 0))) == ("RGB", (255, 255, 255))


def test_sixteen_bit_grey_is_scaled_and_not_clipped() -> None:
    image = decode(encoded(Image.fromarray(np.full((4, 4), 128 * 257, np.uint16)), "PNG"), max_pixels=MANY)
    assert (image.mode, image.getpixel((0, 0))) == ("RGB", (128, 128, 128))


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK"])
def test_other_modes_become_rgb(mode: str) -> None:
    image = Image.new("RGB", (8, 8), "white").convert(mode)
    seen = decode(encoded(image, "JPEG" if mode == "CMYK" else "PNG"), max_pixels=MANY)
    assert seen.mode == "RGB"
    assert is_close(seen.getpixel((0, 0)), (255, 255, 255))


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
def test_a_frame_of_an_animation_can_be_chosen(kind: str) -> None:
    frames = [Image.new("RGB", (8, 8), color) for color in ("red", "lime", "blue")]
    data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], lossless=True)
    assert is_close(decode(data, max_pixels=MANY).getpixel((0, 0)), (255, 0, 0))
    assert is_close(decode(data, max_pixels=MANY, frame=2).getpixel((0, 0)), (0, 0, 255))
    with pytest.raises(NotAnImage):
        decode(data, max_pixels=MANY, frame=3)


def test_broken_exif_does_not_spoil_whole_pixels() -> None:
    data = encoded(corners(), "JPEG", exif=b"Exif\x00\x00II*\x00\xff\xff\xff\x00garbage")
    assert decode(data, max_pixels=MANY).size == (64, 32)


def test_decoding_refuses_to_work_while_pillow_forgives_truncation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    with pytest.raises(RuntimeError, match="LOAD_TRUNCATED_IMAGES"):
        decode(encoded(noise(), "JPEG"), max_pixels=MANY)


def test_a_refusal_crosses_a_process_border() -> None:
    copy = pickle.loads(pickle.dumps(NotAnImage("truncated_image", "It is cut.")))
    assert (copy.code, copy.detail) == ("truncated_image", "It is cut.")


def test_a_canvas_is_letterboxed_and_never_cropped() -> None:
    canvas = to_canvas(corners(), CanvasSpec(32, padding=7))
    assert (canvas.shape, canvas.dtype) == ((32, 32, 3), np.uint8)
    assert (canvas[:8] == 7).all()
    assert (canvas[24:] == 7).all()
    assert is_close(canvas[9, 1], (255, 0, 0))
    assert is_close(canvas[22, 30], (0, 0, 255))


def test_an_image_of_the_canvas_size_is_left_as_it_is() -> None:
    image = noise(32, 32)
    assert np.array_equal(to_canvas(image, CanvasSpec(32)), np.asarray(image))


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (3000, 2), (5, 7)])
def test_a_canvas_can_be_made_of_any_size(size: tuple[int, int]) -> None:
    assert to_canvas(Image.new("L", size), CanvasSpec(16)).shape == (16, 16, 3)


def test_a_spec_survives_json_and_refuses_what_it_cannot_do() -> None:
    spec = CanvasSpec(64, "lanczos", 0)
    assert CanvasSpec.from_dict(spec.to_dict()) == spec
    for wrong in ({"size_px": 4}, {"size_px": 64, "filter": "sharp"}, {"size_px": 64, "padding": 256}, {}, {"px": 3}):
        with pytest.raises(ValueError, match=r"canvas|filter|padding"):
            CanvasSpec.from_dict(wrong)


def test_preprocessing_loads_neither_torch_nor_onnxruntime() -> None:
    code = (
        "import sys, models_registry.ml.preprocessing; "
        "sys.exit(any(name in sys.modules for name in ('torch', 'onnxruntime', 'scipy', 'django')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
