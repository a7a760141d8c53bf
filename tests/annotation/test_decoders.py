"""Decoding happens in children, and only the culprit suffers."""

import contextlib
import fcntl
import threading

import pytest
from PIL import Image as Picture

from annotation import decoders
from annotation.decoders import Decoders
from annotation.pixels import Developed
from models_registry.ml.preprocessing import CanvasSpec, NotAnImage
from tests.annotation import traps
from tests.annotation.builders import encoded, picture

GIB = 1024**3


@pytest.fixture
def made():
    """Make pools that are ended after the test."""
    pools = []

    def make(*, memory_bytes=2 * GIB, seconds=30.0, max_px=10**7):
        pools.append(Decoders(processes=2, memory_bytes=memory_bytes, seconds=seconds, max_px=max_px))
        return pools[-1]

    yield make
    for one in pools:
        one.close()


def good(n, start=0):
    return [encoded(picture(seed)) for seed in range(start, start + n)]


def codes(results):
    return ["" if isinstance(one, Developed) else one.code for one in results]


@pytest.fixture
def _traps(monkeypatch):
    monkeypatch.setattr(decoders, "_develop", traps.obey)


def test_several_images_fit_on_their_way_to_the_children_and_back(made):
    pool = made()._running()
    for pipe in (pool._call_queue._reader, pool._result_queue._reader):
        assert fcntl.fcntl(pipe.fileno(), fcntl.F_GETPIPE_SZ) == 2**20


def test_where_pipes_cannot_be_widened_images_are_decoded_all_the_same(made, monkeypatch):
    monkeypatch.setattr(decoders, "_PIPE_BYTES", 2**40)
    assert codes(made().develop(good(4), specs=())) == [""] * 4


def test_every_image_gets_its_result_in_order(made):
    images = [encoded(picture(size=(20 + n, 10))) for n in range(9)]
    results = made().develop(images, specs=(CanvasSpec(16),))
    assert [one.width_px for one in results] == list(range(20, 29))
    assert {one.canvases[0].shape for one in results} == {(16, 16, 3)}


def test_nothing_to_decode_is_nothing(made):
    assert made().develop([], specs=()) == []


def test_a_bad_image_fails_alone_with_its_reason(made):
    half = encoded(picture(size=(400, 300)))
    results = made().develop([*good(2), half[: len(half) // 2], b"no image", *good(2)], specs=())
    assert codes(results) == ["", "", "truncated_image", "not_an_image", "", ""]


@pytest.mark.usefixtures("_traps")
def test_only_the_image_that_ends_its_decoder_fails(made):
    results = made().develop([*good(3), traps.DIE, *good(3, 3)], specs=())
    assert codes(results) == ["", "", "", "decoder_crashed", "", "", ""]


@pytest.mark.usefixtures("_traps")
def test_only_the_image_that_takes_too_long_fails(made):
    results = made(seconds=3.0).develop([traps.SLEEP, *good(3)], specs=())
    assert codes(results) == ["decoding_too_slow", "", "", ""]


def test_what_was_begun_is_finished_in_any_order(made):
    pool = made()
    first, second = pool.begin(good(3), specs=()), pool.begin([b"no image", *good(2)], specs=(CanvasSpec(16),))
    assert codes(pool.finish(second)) == ["not_an_image", "", ""]
    assert codes(pool.finish(first)) == ["", "", ""]


@pytest.mark.usefixtures("_traps")
def test_a_culprit_among_what_was_begun_first_fails_nothing_begun_after_it(made):
    pool = made()
    first, second = pool.begin([*good(1), traps.DIE], specs=()), pool.begin(good(3), specs=())
    assert codes(pool.finish(first)) == ["", "decoder_crashed"]
    assert codes(pool.finish(second)) == ["", "", ""]


@pytest.mark.usefixtures("_traps")
def test_a_culprit_in_one_thread_fails_no_image_of_another(made):
    pool, found = made(), []

    def bad():
        for _ in range(3):
            pool.develop([traps.DIE], specs=())

    thread = threading.Thread(target=bad)
    thread.start()
    while thread.is_alive():
        found += codes(pool.develop(good(4), specs=()))
    thread.join()
    assert set(found) == {""}


def test_a_decoder_has_no_more_memory_than_it_is_allowed(made):
    large = encoded(Picture.new("1", (14_000, 14_000)), "PNG")
    results = made(memory_bytes=GIB // 2, max_px=10**9).develop([large, *good(1)], specs=())
    assert codes(results) == ["too_much_memory", ""]


def test_a_pool_works_again_after_it_was_closed(made):
    pool = made()
    for _ in range(2):
        assert codes(pool.develop(good(2), specs=())) == ["", ""]
        pool.close()
        pool.close()


def test_a_pool_that_is_closed_under_way_still_gives_every_result(made):
    pool = made()
    pool.develop(good(1), specs=())
    threading.Timer(0.05, pool.close).start()
    assert codes(pool.develop(good(40), specs=())) == [""] * 40


def test_full_size_is_made_or_refused_with_a_reason(made):
    pool = made()
    assert pool.full_size(good(1)[0]).startswith(b"\xff\xd8")
    with pytest.raises(NotAnImage):
        pool.full_size(b"no image")


def test_closing_leaves_no_child(made):
    pool = made()
    pool.develop(good(2), specs=())
    children = list((pool._pool._processes or {}).values())
    assert children
    pool.close()
    for child in children:
        with contextlib.suppress(AssertionError):
            child.join(10)
        assert not child.is_alive()
