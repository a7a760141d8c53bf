"""This will stand in for decoding images that end their decoder or keep it busy; none is known to do so by itself.

It imports no Django, as children that decode have none.
"""

import os
import time

from annotation import decoders, pixels
from models_registry.ml.preprocessing import CanvasSpec

DIE, SLEEP = b"die", b"sleep"
_develop = decoders._develop


def obey(data: bytes, max_px: int, specs: tuple[CanvasSpec, ...]) -> pixels.Developed:
    if data == DIE:
        os._exit(11)
    if data == SLEEP:
        time.sleep(600)
    return _develop(data, max_px, specs)
