"""This will decode images in processes of their own, within limits of memory and time.

Bytes from strangers are decoded where a crash, a runaway allocation or an endless loop costs one child process and
no more. Children import Pillow and NumPy, and neither Django nor torch.
"""

import multiprocessing
import resource
import threading
from collections.abc import Sequence
from concurrent.futures import CancelledError, Future, ProcessPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from annotation import pixels
from models_registry.ml.preprocessing import CanvasSpec, NotAnImage

T = TypeVar("T")


class PoolDied:
    """What is known of an image that was under way when the decoding processes ended: nothing yet."""


def _limit_memory(most_bytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (most_bytes, most_bytes))


def _develop(data: bytes, max_px: int, specs: tuple[CanvasSpec, ...]) -> pixels.Developed:
    try:
        return pixels.develop(data, max_px=max_px, specs=specs)
    except MemoryError:
        raise NotAnImage("too_much_memory", "Decoding needs more memory than is allowed.") from None


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
        """Decode many; returns one result or one reason per image, in their order.

        When a child dies, all that were under way are tried once more alone, so that only the culprit fails.
        """
        waiting = [self._running().submit(_develop, data, self.max_px, specs) for data in images]
        results = [self._result(one) for one in waiting]
        return [
            self._alone(data, specs) if isinstance(result, PoolDied) else result
            for data, result in zip(images, results, strict=True)
        ]

    def full_size(self, data: bytes) -> bytes:
        """Re-encode one image at full size. Raises NotAnImage."""
        result = self._result(self._running().submit(_full_size, data, self.max_px))
        if isinstance(result, PoolDied):
            raise _crashed()
        if isinstance(result, NotAnImage):
            raise result
        return result

    def close(self) -> None:
        """End the children; the next use starts new ones."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            for child in list((pool._processes or {}).values()):
                child.kill()
            pool.shutdown(wait=False, cancel_futures=True)

    def _alone(self, data: bytes, specs: tuple[CanvasSpec, ...]) -> pixels.Developed | NotAnImage:
        result = self._result(self._running().submit(_develop, data, self.max_px, specs))
        return _crashed() if isinstance(result, PoolDied) else result

    def _result(self, waiting: Future[T]) -> T | NotAnImage | PoolDied:
        try:
            return waiting.result(timeout=self.seconds)
        except NotAnImage as error:
            return error
        except (BrokenProcessPool, CancelledError):
            self.close()
            return PoolDied()
        except TookTooLong:
            self.close()
            return NotAnImage("decoding_too_slow", f"Decoding took more than {self.seconds:g} s.")

    def _running(self) -> ProcessPoolExecutor:
        with self._lock:
            if self._pool is None:
                context = multiprocessing.get_context("forkserver")
                context.set_forkserver_preload(["annotation.pixels"])
                self._pool = ProcessPoolExecutor(
                    self.processes, context, initializer=_limit_memory, initargs=(self.memory_bytes,)
                )
            return self._pool


def _crashed() -> NotAnImage:
    return NotAnImage("decoder_crashed", "Decoding this image ends the decoder.")
