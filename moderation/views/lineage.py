"""This will show what decisions about a post rest on, as a page and over HTTP: translate in, one room call, out."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotation import images
from annotation.views.lineage_api import DeploymentSpan, TaughtOut
from config.accounts.rules import People, here, page
from models_registry.config_files import writing
from models_registry.registry import current_schema
from moderation import lineage
from moderation.models import Decision, Post
from moderation.sight import READERS


@require_GET
@page(*READERS)
def post_lineage(request: HttpRequest, pk: int) -> HttpResponse:
    """Each decision about a post with all that it rests on, and what the answers about its image taught."""
    mine = Post.objects.for_member(here(request).person).filter(project=here(request).project)
    post = get_object_or_404(mine.select_related("image"), pk=pk)
    decisions, taught = lineage.of_post(post)
    context = {
        "post": post,
        "decisions": [(one, _settings(one)) for one in decisions],
        "taught": taught,
        "names": {one["key"]: one.get("name", one["key"]) for one in current_schema(here(request).project).classes},
        "view_url": images.url(post.image, "thumbnail") if post.image.thumbnail else "",
    }
    return render(request, "moderation/lineage.html", context)


def _settings(found: lineage.Lineage) -> list[tuple[str, str]]:
    return writing.differing(found.origin.version.run.config) if found.origin else []


class RunBehind(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="pk")
    config = serializers.JSONField()
    config_hash = serializers.CharField()
    code_commit = serializers.CharField()
    environment = serializers.JSONField()
    requested_at = serializers.DateTimeField()


class WayOut(serializers.Serializer[Any]):
    source = serializers.CharField()  # type: ignore[assignment]
    purpose = serializers.CharField()
    truths = serializers.IntegerField()


class DatasetBehind(serializers.Serializer[Any]):
    """The dataset version that the model version was trained on, and what it rests on."""

    id = serializers.IntegerField(source="version.dataset.pk")
    number = serializers.IntegerField(source="version.dataset.number")
    checksum = serializers.CharField(source="version.dataset.checksum")
    truths = serializers.IntegerField(source="behind.truths")
    labels = serializers.IntegerField(source="behind.labels")
    people = serializers.IntegerField(source="behind.people")
    sources = serializers.SerializerMethodField()

    @extend_schema(responses=WayOut(many=True))
    def get_sources(self, origin: lineage.Origin) -> list[dict[str, Any]]:
        return [{"source": one, "purpose": purpose, "truths": n} for one, purpose, n in origin.behind.ways]


class OriginOut(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="version.pk")
    name = serializers.CharField(source="version")
    artifact_sha256 = serializers.CharField(source="version.artifact_sha256")
    average_precision = serializers.FloatField(source="evaluation.average_precision", default=None, allow_null=True)
    is_deployed = serializers.BooleanField()
    deployments = DeploymentSpan(many=True)
    run = RunBehind(source="version.run")
    dataset_version = DatasetBehind(source="*")


class LineageOut(serializers.Serializer[Any]):
    """What one decision about a post rests on. ``model_version`` is empty where no model had scored the post."""

    id = serializers.IntegerField(source="decision.pk")
    post = serializers.IntegerField(source="decision.post_id")
    decision = serializers.CharField(source="decision.kind")
    classes = serializers.ListField(source="decision.classes", child=serializers.CharField())
    decided_at = serializers.DateTimeField(source="decision.created_at")
    person = serializers.CharField(source="decision.person.username", default=None, allow_null=True)
    label = serializers.IntegerField(source="decision.label_id", allow_null=True)  # type: ignore[assignment]
    policy_version = serializers.IntegerField(source="decision.policy_version.number", default=None, allow_null=True)
    verdict = serializers.CharField(source="verdict.outcome", default=None, allow_null=True)
    scores = serializers.JSONField(source="verdict.scores", default=None)
    model_version = OriginOut(source="origin", allow_null=True)
    label_lineage = TaughtOut(source="taught", allow_null=True)


class DecisionLineage(APIView):
    """What one decision about a post rests on, down to the answers behind its dataset; the id is in the post's
    ``decisions``."""

    permission_classes = [People]
    roles = READERS

    @extend_schema(responses={200: LineageOut})
    def get(self, request: Request, pk: int) -> Response:
        mine = Decision.objects.for_member(here(request).person).filter(project=here(request).project)
        beside = ("person", "policy_version", "label__question__image", "post")
        decision = generics.get_object_or_404(mine.select_related(*beside), pk=pk)
        return Response(LineageOut(lineage.of_decision(decision)).data)
