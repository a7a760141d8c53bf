"""This will translate posts between HTTP and rooms; no rules live here."""

import math
from typing import Any

from rest_framework import serializers

from moderation.models import Decision, Post, PostEvent, Verdict

_FLAT = (str, int, float, bool)
MOST_ATTRIBUTES = 50
MOST_LETTERS = 500


class StorableField(serializers.JSONField):
    """Any JSON that PostgreSQL's jsonb takes; Python's json reads more than that."""

    def to_internal_value(self, data: Any) -> Any:
        value = super().to_internal_value(data)
        if not _is_storable(value):
            raise serializers.ValidationError("Zero characters, lone surrogates and infinities cannot be stored.")
        return value


def _is_storable(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)
    if isinstance(value, dict):
        return all(_is_storable(key) and _is_storable(one) for key, one in value.items())
    if isinstance(value, list):
        return all(map(_is_storable, value))
    return not isinstance(value, float) or math.isfinite(value)


class AttributesField(StorableField):
    """A flat object of strings, numbers and booleans."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        value = super().to_internal_value(data)
        if not isinstance(value, dict) or not all(isinstance(one, _FLAT) for one in value.values()):
            raise serializers.ValidationError("Attributes are a flat object of strings, numbers and booleans.")
        if len(value) > MOST_ATTRIBUTES or any(len(str(one)) > MOST_LETTERS for pair in value.items() for one in pair):
            raise serializers.ValidationError(
                f"At most {MOST_ATTRIBUTES} attributes of up to {MOST_LETTERS} characters."
            )
        return value


class NewPost(serializers.Serializer[Any]):
    """What ``POST /api/v1/posts/`` takes, as multipart/form-data."""

    image = serializers.FileField(allow_empty_file=True)
    external_id = serializers.CharField(max_length=200)
    poster = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    title = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")
    description = serializers.CharField(max_length=10_000, required=False, allow_blank=True, default="")
    posted_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    attributes = AttributesField(required=False, default=dict, binary=True)


class PostSummary(serializers.ModelSerializer[Post]):
    class Meta:
        model = Post
        fields = [
            "id",
            "external_id",
            "status",
            "publication",
            "publication_version",
            "poster",
            "title",
            "posted_at",
            "received_at",
            "screened_at",
            "failure_code",
            "failure_detail",
        ]


class VerdictOut(serializers.ModelSerializer[Verdict]):
    policy_version = serializers.IntegerField(source="policy_version.number")
    model_version = serializers.IntegerField(source="model_version.number", allow_null=True, default=None)

    class Meta:
        model = Verdict
        fields = [
            "outcome",
            "machine_outcome",
            "classes",
            "reason",
            "scores",
            "policy_version",
            "model_version",
            "created_at",
        ]


class DecisionOut(serializers.ModelSerializer[Decision]):
    actor = serializers.SerializerMethodField()

    class Meta:
        model = Decision
        fields = ["id", "kind", "classes", "reason", "actor", "reverses", "created_at"]

    def get_actor(self, decision: Decision) -> str:
        return "person" if decision.person_id else f"policy {decision.policy_version.number}"


class EventOut(serializers.ModelSerializer[PostEvent]):
    class Meta:
        model = PostEvent
        fields = ["kind", "previous_status", "status", "created_at"]


class PostDetail(PostSummary):
    predictions = serializers.SerializerMethodField()
    verdicts = VerdictOut(many=True)
    decisions = DecisionOut(many=True)
    events = EventOut(many=True)

    class Meta(PostSummary.Meta):
        fields = [
            *PostSummary.Meta.fields,
            "description",
            "attributes",
            "predictions",
            "verdicts",
            "decisions",
            "events",
        ]

    def get_predictions(self, post: Post) -> list[dict[str, Any]]:
        return [
            {"model_version": one.model_version.number, "scores": one.scores, "created_at": one.created_at}
            for one in post.image.predictions.select_related("model_version").order_by("id")
        ]


class AnswerIn(serializers.Serializer[Any]):
    """``classes`` empty means fine."""

    classes = serializers.ListField(child=serializers.CharField(max_length=50), max_length=50)
    regions = serializers.ListField(child=StorableField(), required=False, default=list, max_length=1000)
    unsure = serializers.BooleanField(required=False, default=False)


class SecondsField(serializers.FloatField):
    """A time that passed: at least 0, and finite."""

    def to_internal_value(self, data: Any) -> float:
        value = float(super().to_internal_value(data))
        if not (math.isfinite(value) and value >= 0):
            raise serializers.ValidationError("Seconds are at least 0.")
        return value


class LabelIn(serializers.Serializer[Any]):
    lease_token = serializers.UUIDField()
    answer = AnswerIn()
    note = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")
    reason = serializers.CharField(max_length=50, required=False, allow_blank=True, default="")
    seconds = SecondsField(
        required=False,
        allow_null=True,
        default=None,
        help_text="How long the person looked, without the time in which nobody was there. Left out, it is estimated.",
    )


class PosterPostOut(serializers.Serializer[Any]):
    post_id = serializers.IntegerField()
    thumbnail_url = serializers.CharField()
    publication = serializers.CharField()
    at = serializers.DateTimeField()


class PosterHistoryOut(serializers.Serializer[Any]):
    """How the poster's other posts fared; of the newest thousand."""

    posts = serializers.IntegerField()
    removed = serializers.IntegerField()
    strikes = serializers.IntegerField(help_text="Removals that stand and have not expired.")
    recent = PosterPostOut(many=True)


class SimilarOut(serializers.Serializer[Any]):
    post_id = serializers.IntegerField()
    thumbnail_url = serializers.CharField()
    decision = serializers.CharField()
    classes = serializers.ListField(child=serializers.CharField())
    at = serializers.DateTimeField()


class RevealedOut(serializers.Serializer[Any]):
    """What stays hidden until the answer is given."""

    post_id = serializers.IntegerField()
    scores = serializers.DictField(child=serializers.FloatField())
    verdict = serializers.CharField()
    reason = serializers.CharField()
    poster = serializers.CharField()
    decision = serializers.CharField(allow_null=True)
    poster_history = PosterHistoryOut()
    similar = SimilarOut(many=True)


class LabelOut(serializers.Serializer[Any]):
    label_id = serializers.IntegerField()
    settled = serializers.BooleanField()
    revealed = RevealedOut(allow_null=True)
