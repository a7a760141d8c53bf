"""This will serve what was decided about periods over HTTP: translate in, one room call, translate out."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import generics, serializers

from config.accounts.models import Role
from config.accounts.rules import People, here
from moderation.go_no_go import deciding
from moderation.models import PeriodDecision


class PeriodDecisionOut(serializers.ModelSerializer[PeriodDecision]):
    """A decision about the days from ``from`` to ``to``, both included; ``by`` is empty where the guard stopped the
    machine. ``evidence_sha256`` is the checksum of the evidence, which the page *Decisions* gives whole."""

    to = serializers.DateField(source="last_day")
    extended_to = serializers.DateField(allow_null=True)
    by = serializers.SlugRelatedField[Any](source="person", slug_field="username", read_only=True)
    criteria = serializers.SlugRelatedField[Any](slug_field="number", read_only=True)
    policy = serializers.SlugRelatedField[Any](source="policy_version", slug_field="number", read_only=True)
    evidence_sha256 = serializers.CharField(source="checksum")
    decided_at = serializers.DateTimeField(source="created_at")

    class Meta:
        model = PeriodDecision
        fields = (
            "id", "outcome", "to", "extended_to", "recommendation", "is_final", "criteria", "policy", "reason", "plan",
            "by", "decided_at", "evidence_sha256",
        )  # fmt: skip

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {**super().get_fields(), "from": serializers.DateTimeField(source="starts_at", format="%Y-%m-%d")}


class Decisions(generics.ListAPIView[PeriodDecision]):
    """Go, no-go, extensions and stops, newest first."""

    permission_classes = [People]
    roles = frozenset({Role.MANAGER, Role.ENGINEER, Role.ADMIN})
    queryset = PeriodDecision.objects.none()
    serializer_class = PeriodDecisionOut

    def get_queryset(self) -> QuerySet[PeriodDecision]:
        return deciding.decisions(here(self.request).project)
