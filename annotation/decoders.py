"""This will decode images in processes of their own, within limits of memory and time.

Bytes from strangers are decoded where a crash, a runaway allocation or an endless loop costs one child process and
no more. Children import Pillow and NumPy, and neither Django nor torch.
"""

import fcntl
import multiprocessing
import resource
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future, ProcessPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from annotation import pixels
from models_registry.ml.preprocessing import CanvasSpec, NotAnImage

T = TypeVar("T")

# The most that Linux lets anybody have without asking.
_PIPE_BYTES = 2**20
# The longest that a thread which hands images on waits for one that computes. Each image takes it several turns, and
# at Python's own five milliseconds decoders stand idle meanwhile.
_TURN_SECONDS = 0.0005


class Lost:
    """What is known of an image that was under way, or waited, when the processes it was given to ended: nothing."""


@dataclass(frozen=True)
class Developing:
    """Images on their way through a pool."""

    images: Sequence[bytes]
    specs: tuple[CanvasSpec, ...]
    pool: ProcessPoolExecutor
    waiting: list[Future[pixels.Developed] | Lost]


def _limit_memory(most_bytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (most_bytes, most_bytes))


def _develop(data: bytes, max_px: int, specs: tuple[CanvasSpec, ...]) -> pixels.Developed:
    started = time.process_time()
    try:
        developed = pixels.develop(data, max_px=max_px, specs=specs)
    except MemoryError:
        raise NotAnImage("too_much_memory", "Decoding needs more memory than is allowed.") from None
    return replace(developed, cpu_seconds=time.process_time() - started)


def _full_size(data: bytes, max_px: int) -> bytes:
    try:
        return pixels.full_size(data, max_px=max_px)
    except MemoryError:
        raise NotAnImage("too_much_memory", "Decoding needs more memory than is allowed.") from None


class Decoders:
    """A pool of decoding processes, started at the first use and started anew after a crash.

    Safe to share between threads. ``seconds`` limits each image, counted from when its result is awaited.
    """

    def __init__(self, *, processes: int, memory_bytes: int, seconds: float, max_px: int) -> None:
        self.processes = processes
        self.memory_bytes = memory_bytes
        self.seconds = seconds
        self.max_px = max_px
        self._pool: ProcessPoolExecutor | None = None
        self._lock = threading.Lock()

    def develop(self, images: Sequence[bytes], *, specs: tuple[CanvasSpec, ...]) -> list[pixels.Developed | NotAnImage]:
        """Decode many; returns one result or one reason per image, in their order."""
        return self.finish(self.begin(images, specs=specs))

    def begin(self, images: Sequence[bytes], *, specs: tuple[CanvasSpec, ...]) -> Developing:
        """Begin to decode many, and return at once; they wait for what was begun before."""
        pool = self._running()
        return Developing(images, specs, pool, [_submit(pool, _develop, data, self.max_px, specs) for data in images])

    def finish(self, begun: Developing) -> list[pixels.Developed | NotAnImage]:
        """Wait for what was begun; returns one result or one reason per image, in their order.

        When a child dies or is too slow, its pool ends, and all images that were in it are tried once more, each in a
        process of its own, so that only the culprit fails: whatever is begun or sent by another thread meanwhile.
        """
        results: list[pixels.Developed | NotAnImage | Lost] = []
        for one in begun.waiting:
            result = self._result(one, begun.pool)
            results.append(result)
        return [
            self._alone(_develop, data, self.max_px, begun.specs) if isinstance(result, Lost) else result
            for data, result in zip(begun.images, results, strict=True)
        ]

    def full_size(self, data: bytes) -> bytes:
        """Re-encode one image at full size. Raises NotAnImage."""
        result = self._alone(_full_size, data, self.max_px)
        if isinstance(result, NotAnImage):
            raise result
        return result

    def close(self) -> None:
        """End the children; the next use starts new ones."""
        with self._lock:
            pool = self._pool
        if pool is not None:
            self._end(pool)

    def _end(self, pool: ProcessPoolExecutor) -> None:
        """End this pool, and not one that somebody else has started since."""
        with self._lock:
            if self._pool is pool:
                self._pool = None
        children = pool._processes or {}
        # First, so that none is started after the others died: it would wait for ever for a lock that one of them held.
        pool.shutdown(wait=False, cancel_futures=True)
        for child in list(children.values()):
            child.kill()

    def _result(self, waiting: Future[T] | Lost, pool: ProcessPoolExecutor) -> T | NotAnImage | Lost:
        if isinstance(waiting, Lost):
            return waiting
        try:
            return waiting.result(timeout=self.seconds)
        except NotAnImage as error:
            return error
        except (BrokenProcessPool, CancelledError, TookTooLong):
            self._end(pool)
            return Lost()

    def _alone(self, work: Callable[..., T], *facts: Any) -> T | NotAnImage:
        pool = self._start(processes=1)
        try:
            return pool.submit(work, *facts).result(timeout=self.seconds)
        except NotAnImage as error:
            return error
        except BrokenProcessPool:
            return NotAnImage("decoder_crashed", "Decoding this image ends the decoder.")
        except TookTooLong:
            return NotAnImage("decoding_too_slow", f"Decoding took more than {self.seconds:g} s.")
        finally:
            self._end(pool)

    def _running(self) -> ProcessPoolExecutor:
        with self._lock:
            if self._pool is None:
                self._pool = self._start(processes=self.processes)
            return self._pool

    def _start(self, *, processes: int) -> ProcessPoolExecutor:
        sys.setswitchinterval(_TURN_SECONDS)
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["annotation.pixels"])
        pool = ProcessPoolExecutor(processes, context, initializer=_limit_memory, initargs=(self.memory_bytes,))
        _widen(pool)
        return pool


def _widen(pool: Any) -> None:
    """Let a pool's pipes to and from its children hold several images, where Linux has them hold a third of one.

    A child waits with what does not fit until this process comes round to it, which is busy with the last batch: for a
    quarter of the time, as measured. The pool does not show its pipes.
    """
    for pipe in (pool._call_queue._reader, pool._result_queue._reader):
        with suppress(AttributeError, OSError):
            # Other systems cannot, and many pools together may not: then it is as slow as it would be.
            fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


def _submit(pool: ProcessPoolExecutor, work: Callable[..., T], *facts: Any) -> Future[T] | Lost:
    """Give work to a pool; another thread may just have ended it."""
    try:
        return pool.submit(work, *facts)
    except RuntimeError:
        return Lost()
