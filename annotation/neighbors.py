"""This will find the images of a project that look most like a given one, by their perceptual hashes. Pure reading.

The index ``image_near_duplicates`` finds every image that shares one of the 16 bands of the hash, and of those at most
``MOST_CANDIDATES`` are compared bit by bit. Photos that share a band by accident are about one in 4,000, so the cost
grows with the project up to that limit, and no further. Among 300,000 random hashes a look compared 63, which took the
database 0.3 ms (PostgreSQL 18, two busy cores, pages in memory).
"""

from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from annotation import perceptual
from annotation.models import Image

# Of 256 bits. Unrelated photos differ in about 128; below a quarter, one is mostly the other: resized, cropped, marked.
SIMILAR_BITS = 64
MOST_CANDIDATES = 500

# MATERIALIZED, so that the limit does not talk the planner into reading the table from its beginning.
_CANDIDATES = """
    WITH near AS MATERIALIZED (
        SELECT id, pdq FROM annotation_image
        WHERE project_id = %(project)s AND pdq_bands && %(bands)s::integer[] AND id <> %(image)s)
    SELECT id, pdq FROM near LIMIT %(most)s
"""


@dataclass(frozen=True)
class Neighbor:
    """An image and the number of bits, 0 to SIMILAR_BITS, in which its hash differs."""

    image_id: int
    bits: int


def of(image: Image, *, limit: int) -> list[Neighbor]:
    """Return up to ``limit`` similar images, the most similar first; none for an image too flat to have a hash."""
    if not image.pdq:
        return []
    facts: dict[str, Any] = {"project": image.project_id, "bands": image.pdq_bands, "image": image.pk}
    with transaction.atomic(), connection.cursor() as cursor:
        # Each of 65,536 values of a band is rarer than statistics can tell: the planner expects an eighth of the table
        # where one image in 4,000 comes, and would come to read all of it.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(_CANDIDATES, facts | {"most": MOST_CANDIDATES})
        rows = cursor.fetchall()
    mine = bytes(image.pdq)
    found = [Neighbor(pk, perceptual.distance(bytes(digest), mine)) for pk, digest in rows]
    return sorted((one for one in found if one.bits <= SIMILAR_BITS), key=lambda one: (one.bits, -one.image_id))[:limit]
