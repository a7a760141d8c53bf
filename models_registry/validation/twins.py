"""This will check that no image is there twice, and that nothing the network sees is used to measure it.

Pure. A near-duplicate is a perceptual hash (PDQ, 256 bits) of which at most 31 bits differ, the threshold of its
authors (Davis & Rosen, 2019); all pairs across the sides of the split are compared, which leaves none out.
"""

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from models_registry.gate import Sentence
from models_registry.validation.facts import Facts
from models_registry.validation.findings import Finding, judged, percent, skipped
from models_registry.validation.limits import Limit

NEAR_BITS = 31
# Pairs compared at once: about 20 MB.
_BLOCK_PAIRS = 2_000_000


def duplicates(facts: Facts, *, limit: Limit) -> Finding:
    """How many rows repeat the bytes of another row."""
    times = Counter(facts.texts("sha256"))
    repeats = len(facts.rows) - len(times)
    said = Sentence("%(repeats)s rows repeat the very bytes of another one.", {"repeats": f"{repeats:,}"})
    return judged("duplicates", repeats, limit=limit, said=[said])


def near_duplicates(facts: Facts, *, limit: Limit) -> Finding:
    """Of the images that calibrate and measure, the share that looks like one on another side."""
    hashed = facts.where(facts.has_hash)
    apart = {side: hashed.hashes[hashed.split == side] for side in ("fit", "calibration", "hold_out")}
    held = np.concatenate([apart["calibration"], apart["hold_out"]])
    if not len(held):
        return skipped("near_duplicates", Sentence("The manifest holds no perceptual hashes to compare by."))
    among_held = np.zeros(len(held), dtype=bool)
    among_held[len(apart["calibration"]) :] = near_to_any(apart["hold_out"], apart["calibration"])
    near = int((near_to_any(held, apart["fit"]) | among_held).sum())
    places = {"near": f"{near:,}", "total": f"{len(held):,}", "share": percent(near / len(held))}
    said = Sentence(
        "%(near)s of the %(total)s images that calibrate and measure (%(share)s) look like one on another side.", places
    )
    return judged("near_duplicates", near / len(held), limit=limit, said=[said])


def near_to_any(asked: NDArray[np.uint64], others: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Say of each hash asked about, [N, 4], whether any of the others, [M, 4], is near it: [N]."""
    found = np.zeros(len(asked), dtype=bool)
    if not len(others):
        return found
    size = max(1, _BLOCK_PAIRS // len(others))
    for start in range(0, len(asked), size):
        block = asked[start : start + size]
        bits = np.zeros((len(block), len(others)), dtype=np.uint16)
        for word in range(asked.shape[1]):
            bits += np.bitwise_count(block[:, None, word] ^ others[None, :, word])
        found[start : start + size] = (bits <= NEAR_BITS).any(axis=1)
    return found


def leakage(facts: Facts, *, before: Facts | None, limit: Limit) -> Finding:
    """How many images lie on two sides: by their split key, or because an earlier version had them measure."""
    across = _across_sides(facts)
    moved = _moved(facts, before) if before else 0
    said = []
    if across:
        places = {"n": f"{across:,}"}
        said.append(Sentence("%(n)s images that calibrate or measure have a relative on another side.", places))
    if moved:
        places = {"n": f"{moved:,}"}
        said.append(Sentence("%(n)s images to fit or calibrate on measured models of an earlier version.", places))
    said = said or [Sentence("What calibrates and measures is nowhere else.")]
    return judged("leakage", across + moved, limit=limit, said=said)


def _across_sides(facts: Facts) -> int:
    """Count images that calibrate or measure and share bytes or a split key with one on a side before theirs."""
    keys = [
        (sha256, key or sha256) for sha256, key in zip(facts.texts("sha256"), facts.texts("split_key"), strict=True)
    ]
    seen: set[str] = set()
    across = 0
    for side in ("fit", "calibration", "hold_out"):
        here = [key for key, is_here in zip(keys, facts.split == side, strict=True) if is_here]
        across += sum(not seen.isdisjoint(one) for one in here)
        seen.update(*here)
    return across


def _moved(facts: Facts, before: Facts) -> int:
    measured = set(before.where(before.split == "hold_out").texts("sha256"))
    return sum(one in measured for one in facts.where(facts.split != "hold_out").texts("sha256"))
