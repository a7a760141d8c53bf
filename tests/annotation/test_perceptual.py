"""Which images look alike."""

import io

import numpy as np
import pytest
from PIL import Image as Picture
from PIL import ImageEnhance, ImageFilter

from annotation import perceptual
from tests.annotation.builders import encoded, picture


def reopened(data):
    return Picture.open(io.BytesIO(data))


@pytest.mark.parametrize("seed", range(20))
def test_the_hash_is_close_to_that_of_its_inventors(seed):
    pdqhash = pytest.importorskip("pdqhash", reason="needs pdqhash, which only developers have")
    image = picture(seed, (320, 240))
    bits, quality = pdqhash.compute(np.asarray(image))
    theirs = np.packbits(bits).tobytes()
    assert quality == 100
    assert perceptual.distance(perceptual.pdq(image), theirs) <= 24


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize(
    "change",
    [
        lambda image: image.resize((200, 150)),
        lambda image: image.resize((640, 480), Picture.Resampling.LANCZOS),
        lambda image: reopened(encoded(image, "JPEG", quality=30)),
        lambda image: reopened(encoded(image, "WEBP", quality=30)),
        lambda image: ImageEnhance.Brightness(image).enhance(0.8),
        lambda image: image.filter(ImageFilter.GaussianBlur(1)),
        lambda image: image.convert("L").convert("RGB"),
    ],
)
def test_what_a_re_upload_does_to_an_image_keeps_it_near(seed, change):
    image = picture(seed, (400, 300))
    assert perceptual.distance(perceptual.pdq(image), perceptual.pdq(change(image))) <= perceptual.NEAR_BITS


def test_different_images_are_far():
    digests = [perceptual.pdq(picture(seed)) for seed in range(100)]
    distances = [perceptual.distance(one, other) for n, one in enumerate(digests) for other in digests[:n]]
    assert min(distances) > 2 * perceptual.NEAR_BITS


@pytest.mark.parametrize("color", ["black", "white", "grey", "red", (1, 2, 3)])
def test_a_flat_image_is_near_nothing(color):
    flat = Picture.new("RGB", (200, 100), color)
    assert perceptual.pdq(flat) == b""
    assert perceptual.pdq(reopened(encoded(flat, "JPEG", quality=20))) == b""
    assert perceptual.bands(b"") == []


def test_a_hash_has_one_band_per_position():
    digest = bytes(range(32))
    bands = perceptual.bands(digest)
    assert [band >> 16 for band in bands] == list(range(16))
    assert bands[1] == (1 << 16) + 0x0203


def test_hashes_that_differ_in_up_to_fifteen_bits_share_a_band():
    chance = np.random.default_rng(0)
    for _ in range(200):
        flipped = np.zeros(256, dtype=np.uint8)
        flipped[chance.choice(256, 15, replace=False)] = 1
        other = np.packbits(flipped).tobytes()
        assert perceptual.distance(bytes(32), other) == 15
        assert set(perceptual.bands(bytes(32))) & set(perceptual.bands(other))


def test_a_one_pixel_image_is_hashed_too():
    assert perceptual.pdq(Picture.new("RGB", (1, 1))) == b""
