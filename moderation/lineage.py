"""This will follow a decision about a post back to what it rests on: verdict, model version, run, dataset, answers.

Pure reading. A person decides by their own answer; the model version is then that of the machine's last verdict before,
which brought the post to them. A decision of before any model was there has none.
"""

from dataclasses import dataclass

from annotation import lineage
from annotation.lineage import Behind, Taught, way_in_words
from models_registry.models import Deployment, Evaluation, ModelVersion
from moderation.models import Decision, Post, Verdict


@dataclass(frozen=True)
class Origin:
    """The model version behind a decision: how it was measured, whether it decides, what its dataset rests on.

    ``deployments`` are the newest first.
    """

    version: ModelVersion
    evaluation: Evaluation | None
    deployments: list[Deployment]
    behind: Behind

    @property
    def is_deployed(self) -> bool:
        return any(one.ended_at is None for one in self.deployments)

    @property
    def percent(self) -> float | None:
        """The average precision, in percent."""
        share = self.evaluation.average_precision if self.evaluation else None
        return None if share is None else 100 * share

    @property
    def ways(self) -> list[tuple[str, int]]:
        """How the truths came about, in words, the most frequent way first."""
        return [(way_in_words(source, purpose), n) for source, purpose, n in self.behind.ways]


@dataclass(frozen=True)
class Lineage:
    """``verdict`` is the machine's last one before the decision; ``taught`` is what the person's own answer taught."""

    decision: Decision
    verdict: Verdict | None
    origin: Origin | None
    taught: Taught | None


def of_decision(decision: Decision) -> Lineage:
    """Follow one decision; its post and label are loaded. A handful of queries."""
    verdict = _verdict(decision)
    version_id = decision.model_version_id or (verdict.model_version_id if verdict else None)
    label = decision.label
    return Lineage(
        decision=decision,
        verdict=verdict,
        origin=_origin(version_id) if version_id else None,
        taught=lineage.of_label(label) if label else None,
    )


def of_post(post: Post) -> tuple[list[Lineage], Taught]:
    """Follow every decision about a post, the newest first, and what all answers about its image taught."""
    beside = ("person", "policy_version", "label__question__image", "post")
    made = post.decisions.select_related(*beside).order_by("-created_at", "-id")
    return [of_decision(one) for one in made], lineage.of_image(post.image)


def _verdict(decision: Decision) -> Verdict | None:
    before = Verdict.objects.filter(post=decision.post_id, created_at__lte=decision.created_at)
    return before.select_related("policy_version").order_by("-created_at", "-id").first()


def _origin(version_id: int) -> Origin:
    beside = ("detector", "run__requested_by", "dataset__schema")
    version = ModelVersion.objects.select_related(*beside).get(pk=version_id)
    return Origin(
        version=version,
        evaluation=version.evaluations.filter(dataset=version.dataset_id).defer("report").first(),
        deployments=list(version.deployments.select_related("started_by").order_by("-started_at", "-id")),
        behind=lineage.behind(version.dataset),
    )
