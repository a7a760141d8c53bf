"""This will fill a project with as many posts as a bench asks for: scored, judged, some decided, all to be found.

Images, posts, verdicts and decisions are written by SQL, as a million of them through intake would take a day; what
search knows of them is written by the room that does it in life. Old posts were scored by the first model version, new
ones by the second, and some words and facts are common, some rare, some only old.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection
from django.utils import timezone

from config.accounts.models import Client, Membership, Project, Role, User
from models_registry import artifacts
from models_registry.ml.preprocessing import CanvasSpec
from models_registry.models import DatasetVersion, Detector, ModelVersion, Run, RunStatus
from moderation import founding, indexing
from moderation.models import PolicyVersion, Post

_CHUNK = 2000
CLASSES = [
    {"key": "no_animal", "name": "No animal", "severity": 1},
    {"key": "gruesome", "name": "Gruesome", "severity": 3},
    {"key": "indecent", "name": "Indecent", "severity": 3},
    {"key": "copyright", "name": "Copyright", "severity": 2},
]
# By how often they are drawn: the first is by far the most common.
WORDS = [
    *("dog", "cat", "bird", "garden", "river", "morning", "snow", "window"),
    *("street", "forest", "heron", "badger", "otter", "lighthouse", "Ginkakuji", "quokka"),
]
JAPANESE = [
    *("犬と散歩", "庭の猫", "朝の川辺", "雪の日", "窓辺の小鳥", "東京タワー前", "鎌倉の海"),
    *("公園のベンチ", "夜の動物園", "鴨川の鷺", "奈良の鹿", "北海道の狐", "西表山猫"),
]


@dataclass(frozen=True)
class House:
    """A project full of posts, and somebody who may see all of them."""

    project: Project
    manager: User
    moderator: User
    old_version: ModelVersion
    new_version: ModelVersion


def house(posts: int) -> House:
    founded = founding.found(slug=f"bench-{posts}", name="Bench", classes=CLASSES, now=timezone.now())
    client = Client.objects.create(project=founded.project, name="Bench")
    old, new = (version_of(founded.detector, number=number) for number in (1, 2))
    facts: dict[str, Any] = {
        "n": posts,
        "project": founded.project.pk,
        "client": client.pk,
        "old": old.pk,
        "new": new.pk,
    }
    facts["policy"] = PolicyVersion.objects.get(project=founded.project).pk
    facts |= {"words": WORDS, "japanese": JAPANESE}
    with connection.cursor() as cursor:
        cursor.execute(_CHANCE)
        for statement in (_IMAGES, _POSTS, _VERDICTS, _DECISIONS):
            cursor.execute(statement, facts)
        cursor.execute("ANALYZE moderation_post, moderation_verdict, moderation_decision")
    _index(posts)
    manager, moderator = (_member(founded.project, role) for role in (Role.MANAGER, Role.MODERATOR))
    return House(founded.project, manager, moderator, old_version=old, new_version=new)


def _index(posts: int) -> None:
    """Have search learn of every post, the oldest first, as in life."""
    first = Post.objects.order_by("-id").values_list("pk", flat=True)[posts - 1]
    for start in range(first, first + posts, _CHUNK):
        indexing.add(list(Post.objects.filter(pk__gte=start, pk__lt=start + _CHUNK)))
        if start % 100_000 < _CHUNK:
            print(f"  {start - first:,} of {posts:,} posts indexed", file=sys.stderr, flush=True)


def version_of(
    detector: Detector, *, number: int, onnx: Path | None = None, spec: CanvasSpec | None = None
) -> ModelVersion:
    """Register a model version; without a file it can be named, and not asked."""
    now = timezone.now()
    dataset = DatasetVersion.objects.create(
        project=detector.project, schema=detector.schema, number=number, checksum=str(number), counts={}, created_at=now
    )
    run = Run.objects.create(
        detector=detector, dataset=dataset, config={}, status=RunStatus.SUCCEEDED, requested_at=now
    )
    kept = artifacts.keep(onnx, key=f"{detector.project.slug}/models/{number}.onnx") if onnx else ""
    return ModelVersion.objects.create(
        detector=detector,
        number=number,
        schema=detector.schema,
        dataset=dataset,
        run=run,
        preprocessing=spec.to_dict() if spec else {},
        calibration={},
        parity={},
        artifact=kept,
        artifact_sha256=artifacts.sha256_of(onnx) if onnx else "",
        created_at=now,
    )


def _member(project: Project, role: Role) -> User:
    person = User.objects.create_user(username=f"{project.slug}-{role.value}")
    Membership.objects.create(user=person, project=project, role=role)
    return person


_IMAGES = """
    INSERT INTO annotation_image (project_id, sha256, original, size_bytes, width_px, height_px, format, thumbnail,
        view, pdq_bands, split_key, straddles_split, received_at, decoded_at)
    SELECT %(project)s, md5(n::text) || md5('b' || n), 'x', 1, 1280, 960, 'JPEG', 'x', 'x',
        '{}', md5(n::text), false, now(), now()
    FROM generate_series(1, %(n)s) n
"""
# A number in [0, 1) that is the same in every run, and a word of a list whose first words are the common ones.
_CHANCE = """
    CREATE OR REPLACE FUNCTION pg_temp.chance(n bigint, salt int) RETURNS float LANGUAGE sql IMMUTABLE AS
        $$ SELECT ('x' || substr(md5(n || '-' || salt), 1, 8))::bit(32)::bigint / 4294967296.0 $$;
    CREATE OR REPLACE FUNCTION pg_temp.word(list text[], n bigint, salt int) RETURNS text LANGUAGE sql IMMUTABLE AS
        $$ SELECT list[1 + floor(cardinality(list) * power(pg_temp.chance(n, salt), 3))::int] $$
"""
# One post every 1.7 seconds, the last one now.
_POSTS = """
    INSERT INTO moderation_post (project_id, client_id, external_id, image_id, poster, title, description, attributes,
        posted_at, received_at, content_sha256, status, publication, publication_version, attempts, failure_code,
        failure_detail, screened_at)
    SELECT %(project)s, %(client)s, 'photo-' || n, image.id, 'poster-' || (n %% 20011),
        pg_temp.word(%(words)s::text[], n, 1) || ' and ' || pg_temp.word(%(words)s::text[], n, 2),
        pg_temp.word(%(japanese)s::text[], n, 3)
            || CASE WHEN n < %(n)s * 0.4 AND n %% 50 = 0 THEN ' festival ' ELSE ' ' END
            || pg_temp.word(%(words)s::text[], n, 4) || ' ' || substr(md5(n::text), 1, 6) || ' '
            || pg_temp.word(%(japanese)s::text[], n, 5),
        '{}', now() - (%(n)s - n) * interval '1.7 s', now() - (%(n)s - n) * interval '1.7 s', '',
        CASE WHEN n %% 1000 = 7 THEN 'failed' WHEN n %% 250 = 3 THEN 'withdrawn' WHEN n %% 40 = 1 THEN 'in_review'
            WHEN n %% 33 = 2 THEN 'decided' ELSE 'passed' END,
        CASE WHEN n %% 33 = 2 OR n %% 250 = 3 THEN 'unpublished' ELSE 'published' END, 1, 1, '', '', now()
    FROM (SELECT id, row_number() OVER (ORDER BY id) n FROM annotation_image WHERE project_id = %(project)s) image
    ORDER BY n
"""
_CLASS_OF = "(ARRAY['no_animal', 'gruesome', 'indecent', 'copyright'])[1 + id %% 4]"
_VERDICTS = f"""
    INSERT INTO moderation_verdict (post_id, project_id, outcome, machine_outcome, classes, reason, scores, score,
        policy_version_id, model_version_id, created_at)
    SELECT id, %(project)s, outcome, outcome, CASE outcome WHEN 'review' THEN ARRAY[class] ELSE '{{}}' END, 'score',
        jsonb_build_object('no_animal', low, 'gruesome', low, 'indecent', low, 'copyright', low, class, high), high,
        %(policy)s, CASE WHEN n < %(n)s / 2 THEN %(old)s ELSE %(new)s END, received_at
    FROM (
        SELECT *, high * pg_temp.chance(id, 7) low, {_CLASS_OF} class,
            CASE WHEN high > 0.7 THEN 'review' ELSE 'pass' END outcome
        FROM (
            SELECT id, received_at, row_number() OVER (ORDER BY id) n, power(pg_temp.chance(id, 6), 12) high
            FROM moderation_post WHERE project_id = %(project)s) scored) judged
"""
_DECISIONS = f"""
    INSERT INTO moderation_decision (post_id, project_id, kind, classes, reason, policy_version_id, created_at)
    SELECT id, %(project)s, 'remove', ARRAY[{_CLASS_OF}], '',
        %(policy)s, received_at
    FROM moderation_post WHERE project_id = %(project)s AND status = 'decided'
"""
