"""This will say on which side of the split an image lies: fit, calibration or hold-out.

The side follows from the split key alone, so it is the same in every dataset version for ever. Pure.
"""

import hashlib
from enum import StrEnum


class Side(StrEnum):
    FIT = "fit"
    CALIBRATION = "calibration"
    HOLD_OUT = "hold_out"


FIT_SHARE = 0.65
CALIBRATION_SHARE = 0.10


def side(split_key: str) -> Side:
    """Return the side of a key; 65 % fit, 10 % calibration, 25 % hold-out."""
    place = int.from_bytes(hashlib.sha256(b"split" + split_key.encode()).digest()[:8]) / 2**64
    if place < FIT_SHARE:
        return Side.FIT
    return Side.CALIBRATION if place < FIT_SHARE + CALIBRATION_SHARE else Side.HOLD_OUT


def is_hold_out(split_key: str) -> bool:
    """Say whether an image only measures models; one that is not decoded yet has no key, and no side."""
    return bool(split_key) and side(split_key) is Side.HOLD_OUT
