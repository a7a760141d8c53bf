"""This will say which arm of a rollout a post belongs to. Pure.

A unit, a poster or an image, gets a place in [0, 1) by a hash that nobody without the rollout's salt can foresee (the
first 53 bits of HMAC-SHA256; RFC 2104). The challenger has what lies below its share. So a unit is *sticky*: asked
again it is in the same arm. A share that grows only moves units from the champion to the challenger, and one that
shrinks only back. Another rollout has another salt, so nobody is always among those on whom something is tried (Kohavi,
Tang and Xu 2020, "Trustworthy Online Controlled Experiments", ch. 14 and 18).
"""

import hashlib
import hmac

PLACE_BITS = 53
CHAMPION, CHALLENGER = "champion", "challenger"
POSTER, IMAGE = "poster", "image"


def unit_key(unit: str, *, poster: str, image: str) -> str:
    """Return what is hashed: the poster, or the image's sha256; by image too for a post whose poster is not known.

    The prefixes keep a poster who is called like an image apart from it.
    """
    return f"{POSTER}:{poster}" if unit == POSTER and poster else f"{IMAGE}:{image}"


def place(salt: bytes, key: str) -> float:
    """Return a unit's place in [0, 1): the same whenever and wherever it is asked, evenly spread over units."""
    digest = hmac.new(salt, key.encode(), hashlib.sha256).digest()
    return (int.from_bytes(digest[:8], "big") >> (64 - PLACE_BITS)) / 2**PLACE_BITS


def arm(salt: bytes, key: str, *, share: float) -> str:
    """Return CHALLENGER or CHAMPION; ``share`` in [0, 1] is the challenger's."""
    return CHALLENGER if place(salt, key) < share else CHAMPION
