"""This will serve dataset versions over HTTP: translate in, one room call, translate out."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import generics, serializers

from config.accounts.rules import People, here
from models_registry.models import DatasetVersion
from models_registry.views.api import READERS


class DatasetVersionOut(serializers.ModelSerializer[DatasetVersion]):
    """Frozen truths; ``counts`` are of each side of the split: images, violations, and those of each class."""

    runs = serializers.SerializerMethodField()

    class Meta:
        model = DatasetVersion
        fields = ["id", "number", "schema", "checksum", "counts", "runs", "created_at", "created_by"]

    def get_runs(self, dataset: DatasetVersion) -> list[int]:
        return sorted(one.pk for one in dataset.runs.all())


class Datasets(generics.ListAPIView[DatasetVersion]):
    """Dataset versions, newest first."""

    permission_classes = [People]
    roles = READERS
    queryset = DatasetVersion.objects.none()
    serializer_class = DatasetVersionOut
    filterset_fields = {"schema": ["exact"], "number": ["exact"], "created_at": ["gte", "lt"]}

    def get_queryset(self) -> QuerySet[DatasetVersion]:
        mine = DatasetVersion.objects.for_member(here(self.request).person)
        found: Any = mine.filter(project=here(self.request).project).prefetch_related("runs")
        return found


class OneDataset(generics.RetrieveAPIView[DatasetVersion]):
    """A dataset version with the runs that were made from it."""

    permission_classes = [People]
    roles = READERS
    serializer_class = DatasetVersionOut

    def get_queryset(self) -> QuerySet[DatasetVersion]:
        mine = DatasetVersion.objects.for_member(here(self.request).person)
        found: Any = mine.filter(project=here(self.request).project).prefetch_related("runs")
        return found
