"""This will put what the champion would answer beside a label job, where the project shows it, and remember it did.

People lean towards what they are shown (anchoring), so it is off until somebody turns it on, is kept to the label desk
and to images that only teach: what calibrates or measures a model is answered blind. A page of many images shows none.
What was shown stays on the job, the label and the truth, so that its effect can be measured later.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from annotation.models import Desk, Job, Label, Prediction, Question
from annotation.splits import Side, side
from config.accounts.models import Project
from models_registry import deployment
from models_registry.models import LabelSchema, ModelVersion, SchemaKind

# Calibrated: from here on the class is more likely there than not.
LIKELY = 0.5

Suggestion = dict[str, Any]


def attach(jobs: Sequence[Job], *, project: Project) -> None:
    """Write onto freshly leased jobs what their person is shown; the caller's transaction has just leased them.

    Changes only what differs, so that a project which shows none pays nothing.
    """
    wanted = [job for job in jobs if job.suggestion or (project.shows_suggestions and _may_show(job))]
    if not wanted:
        return
    version = deployment.champion_of(project) if project.shows_suggestions else None
    scores = _scores(wanted, version)
    for job in wanted:
        job.suggestion = None
        if version and _may_show(job) and job.question.image_id in scores:
            job.suggestion = _suggest(job.question.schema, version, scores[job.question.image_id])
    Job.objects.bulk_update(wanted, ["suggestion"])


def _may_show(job: Job) -> bool:
    key = job.question.image.split_key
    return job.desk == Desk.LABEL and bool(key) and side(key) is Side.FIT


def _scores(jobs: Iterable[Job], version: ModelVersion | None) -> dict[int, dict[str, float]]:
    if version is None:
        return {}
    rows = Prediction.objects.filter(model_version=version, image__in=[job.question.image_id for job in jobs])
    return dict(rows.values_list("image_id", "scores"))


def _suggest(schema: LabelSchema, version: ModelVersion, scores: Mapping[str, float]) -> Suggestion | None:
    """Return the likely classes with all above them, the likeliest first; none means fine.

    A version that was trained on other classes suggests nothing.
    """
    if not schema.asks_the_same(version.schema):
        return None
    likely = sorted((key for key, score in scores.items() if score >= LIKELY), key=lambda key: -scores[key])
    meant = schema.closest(likely)
    if schema.kind == SchemaKind.SINGLE and len(meant) > 1:
        likely = [max(meant, key=lambda key: scores[key])]
    whole = sorted(schema.with_parents(likely), key=lambda key: -scores.get(key, 0.0))
    classes = [{"key": key, "score": round(scores.get(key, 0.0), 4)} for key in whole]
    return {"model_version": version.pk, "classes": classes}


def is_accepted(suggestion: Suggestion | None, *, classes: Sequence[str], is_unsure: bool) -> bool | None:
    """Say whether an answer is what was suggested, by one key or by hand; None where nothing was shown."""
    if suggestion is None:
        return None
    return not is_unsure and set(classes) == {one["key"] for one in suggestion["classes"]}


def was_shown(question: Question) -> bool:
    """Say whether any sure answer to this question was given beside a suggestion."""
    if question.desk != Desk.LABEL:
        return False
    sure = Label.objects.filter(question=question, retraction__isnull=True, is_unsure=False)
    return sure.filter(suggestion__isnull=False).exists()
