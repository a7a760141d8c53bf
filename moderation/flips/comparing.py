"""This will carry comparisons on: a chunk of images at a time, judged in the database, flips and counts together.

The database judges as moderation/policy does: a class that reaches its remove threshold, else its review threshold,
else pass. tests/moderation/test_flips.py holds the two together.
"""

import hashlib
import hmac
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from annotation.models import Rescoring, RescoringStatus
from annotation.rescoring import images_of
from models_registry import deployment
from models_registry.models import Evaluation, ModelVersion
from moderation import policies
from moderation.models import FlipComparison

CHUNK_IMAGES = 5000
_OVER = (RescoringStatus.DONE, RescoringStatus.CANCELED)
_COUNTS = ("posts", "stay_flagged", "newly_flagged", "newly_cleared", "incomparable")
_REVIEW, _REMOVE = 1, 2

_JUDGE = """
WITH limits AS (
    SELECT * FROM unnest(%(versions)s::bigint[], %(keys)s::text[], %(levels)s::int[], %(leasts)s::float8[])
        AS one (version_id, class_key, level, least)),
scored AS MATERIALIZED (
    SELECT post.id AS post_id, after.scores AS scores_after,
        CASE WHEN champion.id IS NULL THEN told.scores ELSE champion.scores END AS scores_before,
        CASE WHEN champion.id IS NULL THEN told.model_version_id ELSE champion.model_version_id END AS version_before
    FROM annotation_prediction after
    JOIN moderation_post post ON post.image_id = after.image_id AND post.status IN ('passed', 'in_review', 'decided')
    LEFT JOIN annotation_prediction champion
        ON champion.image_id = after.image_id AND champion.model_version_id = %(champion)s::bigint
    LEFT JOIN LATERAL (
        SELECT verdict.scores, verdict.model_version_id FROM moderation_verdict verdict
        WHERE verdict.post_id = post.id AND verdict.model_version_id IS NOT NULL AND champion.id IS NULL
        ORDER BY verdict.id DESC LIMIT 1) told ON true
    WHERE after.image_id = ANY(%(images)s::bigint[]) AND after.model_version_id = %(version)s::bigint),
reached_before AS (
    SELECT post_id, max(level) AS level FROM scored JOIN limits ON version_id = version_before
    WHERE coalesce((scores_before ->> class_key)::float8, 0) >= least GROUP BY post_id),
reached_after AS (
    SELECT post_id, max(level) AS level FROM scored JOIN limits ON version_id = %(version)s::bigint
    WHERE coalesce((scores_after ->> class_key)::float8, 0) >= least GROUP BY post_id),
judged AS MATERIALIZED (
    SELECT scored.*, coalesce(reached_before.level, 0) AS before, coalesce(reached_after.level, 0) AS after,
        coalesce(version_before = ANY(%(versions)s::bigint[] || %(unflagging)s::bigint[]), false) AS is_comparable
    FROM scored LEFT JOIN reached_before USING (post_id) LEFT JOIN reached_after USING (post_id)),
flipped AS (
    INSERT INTO moderation_flip (
        comparison_id, post_id, kind, outcome_before, outcome_after, class_key, score_before, score_after, moved, coin)
    SELECT DISTINCT ON (post_id) %(comparison)s::bigint, post_id, CASE WHEN after > 0 THEN 'flagged' ELSE 'cleared' END,
        (ARRAY['pass', 'review', 'remove'])[before + 1], (ARRAY['pass', 'review', 'remove'])[after + 1], class_key,
        one.before_it, one.after_it, one.moved, hashtextextended(post_id::text, %(seed)s::bigint)
    FROM judged
    JOIN limits ON version_id = CASE WHEN after > 0 THEN %(version)s::bigint ELSE version_before END
    CROSS JOIN LATERAL (
        SELECT before_it, after_it, CASE WHEN after > 0 THEN after_it - before_it ELSE before_it - after_it END AS moved
        FROM (SELECT coalesce((scores_before ->> class_key)::float8, 0) AS before_it,
                     coalesce((scores_after ->> class_key)::float8, 0) AS after_it) two) one
    WHERE is_comparable AND (before > 0) <> (after > 0)
        AND CASE WHEN after > 0 THEN one.after_it ELSE one.before_it END >= least
    ORDER BY post_id, one.moved DESC, class_key
    ON CONFLICT DO NOTHING)
SELECT count(*) FILTER (WHERE is_comparable), count(*) FILTER (WHERE is_comparable AND before > 0 AND after > 0),
    count(*) FILTER (WHERE is_comparable AND before = 0 AND after > 0),
    count(*) FILTER (WHERE is_comparable AND before > 0 AND after = 0), count(*) FILTER (WHERE NOT is_comparable)
FROM judged
"""


def begin(rescoring: Rescoring, *, now: datetime) -> FlipComparison:
    """Compare under the policy and beside the champion of this moment; the one there is, where neither has changed.

    Raises policies.NoPolicy.
    """
    made, _ = FlipComparison.objects.get_or_create(
        rescoring=rescoring,
        policy_version=policies.in_force(rescoring.project),
        champion=deployment.champion_of(rescoring.project),
        defaults={"project": rescoring.project, "created_at": now},
    )
    return made


def begin_missing(*, now: datetime) -> int:
    """Begin a comparison for each re-scoring under way or over that has none; returns how many."""
    begun = FlipComparison.objects.values("rescoring_id")
    missing = Rescoring.objects.filter(started_at__isnull=False).exclude(pk__in=begun)
    found = list(missing.filter(project__in=policies.projects()).select_related("project").order_by("id"))
    for one in found:
        begin(one, now=now)
    return len(found)


def is_outdated(comparison: FlipComparison) -> bool:
    """Tell whether another policy or champion decides by now than those of the comparison."""
    champion = deployment.champion_of(comparison.project)
    return (policies.in_force(comparison.project), champion) != (comparison.policy_version, comparison.champion)


def compare_all(*, now: datetime) -> int:
    """Carry every comparison on as far as its re-scoring has come; returns how many images were compared."""
    begin_missing(now=now)
    open_now = FlipComparison.objects.filter(finished_at__isnull=True).order_by("id")
    compared = 0
    for pk in list(open_now.values_list("pk", flat=True)):
        while some := compare_some(pk, now=now):
            compared += some
    return compared


@transaction.atomic
def compare_some(comparison_id: int, *, now: datetime) -> int:
    """Compare the next chunk; returns how many images it held (0: it is over, waits, or somebody else has it)."""
    open_now = FlipComparison.objects.filter(pk=comparison_id, finished_at__isnull=True)
    held = open_now.select_for_update(skip_locked=True, of=("self",), no_key=True)
    one = held.select_related("rescoring__model_version__detector", "policy_version", "champion", "project").first()
    if one is None:
        return 0
    rescoring = one.rescoring
    ahead = images_of(rescoring).filter(pk__gt=one.after_image_id)
    if rescoring.status != RescoringStatus.DONE:
        ahead = ahead.filter(pk__lte=rescoring.after_image_id)
    ids = list(ahead.order_by("pk").values_list("pk", flat=True)[:CHUNK_IMAGES])
    if ids:
        _judge(one, ids)
    elif rescoring.status in _OVER:
        one.finished_at = now
        one.save(update_fields=["finished_at"])
    return len(ids)


def _judge(comparison: FlipComparison, ids: list[int]) -> None:
    """Judge the posts of these images under both versions, keep the flips, and add to the counts."""
    version = comparison.rescoring.model_version
    # A version is not compared with itself: where it is the champion, the verdicts of the time stand beside it.
    champion = comparison.champion_id if comparison.champion_id != version.pk else None
    facts: dict[str, Any] = _limits(comparison) | {
        "comparison": comparison.pk,
        "images": ids,
        "version": version.pk,
        "champion": champion,
        "seed": _seed(comparison),
    }
    with connection.cursor() as line:
        line.execute(_JUDGE, facts)
        counts = line.fetchone()
    for name, count in zip(_COUNTS, counts, strict=True):
        setattr(comparison, name, getattr(comparison, name) + count)
    comparison.after_image_id = ids[-1]
    comparison.save(update_fields=[*_COUNTS, "after_image_id"])


def _limits(comparison: FlipComparison) -> dict[str, list[Any]]:
    """Return the thresholds that the policy means for each measured version of the project, as columns.

    ``unflagging`` are versions without any: for them the policy never flags.
    """
    mine = ModelVersion.objects.filter(detector__project=comparison.project_id)
    measured = mine.filter(pk__in=Evaluation.objects.values("model_version_id")).order_by("pk")
    rows = [(version.pk, *one) for version in measured for one in _of_version(comparison, version)]
    flagging = {row[0] for row in rows}
    columns = zip(*rows, strict=True) if rows else ([], [], [], [])
    named = dict(zip(("versions", "keys", "levels", "leasts"), map(list, columns), strict=True))
    return named | {"unflagging": [version.pk for version in measured if version.pk not in flagging]}


def _of_version(comparison: FlipComparison, version: ModelVersion) -> Iterator[tuple[str, int, float]]:
    found = policies.limits(comparison.policy_version, version)
    if found is None:
        return
    for level, least in ((_REMOVE, found.remove), (_REVIEW, found.review)):
        yield from ((key, level, value) for key, value in least.items() if value is not None)


def _seed(comparison: FlipComparison) -> int:
    """Return what makes the coins of a comparison: the project's secret, so that nobody foresees a sample."""
    digest = hmac.new(bytes(comparison.project.secret), f"flips {comparison.pk}".encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
