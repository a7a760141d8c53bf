"""This will translate jobs between HTTP and rooms; no rules live here."""

from typing import Any

from rest_framework import serializers

from annotation import images
from annotation.models import Desk, Job, Lane
from models_registry.models import LabelSchema


class ClaimIn(serializers.Serializer[Any]):
    desk = serializers.ChoiceField(choices=Desk.choices, required=False, allow_null=True, default=None)
    lanes = serializers.ListField(
        child=serializers.ChoiceField(choices=Lane.choices), required=False, default=list, max_length=len(Lane)
    )
    count = serializers.IntegerField(min_value=1, max_value=60, required=False, default=1)


class TokenIn(serializers.Serializer[Any]):
    lease_token = serializers.UUIDField()


class SkipIn(TokenIn):
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class SchemaOut(serializers.ModelSerializer[LabelSchema]):
    class Meta:
        model = LabelSchema
        fields = ["version", "guideline", "classes"]


class JobOut(serializers.ModelSerializer[Job]):
    """A leased job as its person sees it: no purpose, no lane, no scores, so that every look is blind."""

    image_url = serializers.SerializerMethodField()
    thumbnail_url = serializers.SerializerMethodField()
    full_url = serializers.SerializerMethodField()
    title = serializers.CharField(source="question.origin.title", default="")
    description = serializers.CharField(source="question.origin.description", default="")
    attributes = serializers.JSONField(source="question.attributes")
    schema = SchemaOut(source="question.schema")

    class Meta:
        model = Job
        fields = [
            "id",
            "lease_token",
            "lease_until",
            "image_url",
            "thumbnail_url",
            "full_url",
            "title",
            "description",
            "attributes",
            "schema",
        ]

    def get_image_url(self, job: Job) -> str:
        return images.url(job.question.image, "view")

    def get_thumbnail_url(self, job: Job) -> str:
        return images.url(job.question.image, "thumbnail")

    def get_full_url(self, job: Job) -> str:
        return images.url(job.question.image, "full")


class JobsOut(serializers.Serializer[Any]):
    jobs = JobOut(many=True)


class LeaseOut(serializers.ModelSerializer[Job]):
    class Meta:
        model = Job
        fields = ["id", "lease_until"]
