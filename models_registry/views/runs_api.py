"""This will serve runs over HTTP: request, watch, cancel, resume, waive what their data failed."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.accounts.models import User
from config.accounts.rules import People, here
from models_registry import canceling, data_waivers, listing, overview, registry, tasks
from models_registry.models import DatasetVersion, DataWaiver, Detector, Run, RunEvent, RunStep
from models_registry.nudge import nudge
from models_registry.views.api import DEPLOYERS, READERS, ReasonIn, RunOut
from models_registry.views.queries import Filtered, RunQuery
from models_registry.views.studies_api import ConfigText


class RunIn(serializers.Serializer[Any]):
    detector = serializers.IntegerField()
    dataset = serializers.IntegerField()
    config = serializers.DictField(required=False, default=None, allow_null=True)
    config_yaml = ConfigText(required=False, default="", help_text="A config file, in place of config.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["config"] is not None and attrs["config_yaml"]:
            raise serializers.ValidationError({"config_yaml": "Send config or config_yaml, not both."})
        return attrs


class RunMade(RunOut):
    """A requested run, and ``runs``: the ids of all that were requested with it, one for each seed of a config file."""

    runs = serializers.ListField(child=serializers.IntegerField())

    class Meta(RunOut.Meta):
        fields = [*RunOut.Meta.fields, "runs"]


class RunStepOut(serializers.ModelSerializer[RunStep]):
    reused_from = serializers.IntegerField(source="reused_from.run_id", allow_null=True, default=None)

    class Meta:
        model = RunStep
        fields = [
            "name",
            "status",
            "inputs",
            "outputs",
            "reused_from",
            "log",
            "started_at",
            "seconds",
            "cpu_seconds",
            "gpu_seconds",
        ]


class RunEventOut(serializers.ModelSerializer[RunEvent]):
    class Meta:
        model = RunEvent
        fields = ["kind", "actor", "detail", "at"]


class OneRunOut(RunOut):
    """A run with its steps, what the checks of its data found, and what happened to it."""

    config_yaml = serializers.CharField(source="config_text")
    weights_source = serializers.SerializerMethodField(help_text="Where the first weights came from.")
    steps = RunStepOut(many=True)
    checks = serializers.SerializerMethodField()
    events = RunEventOut(many=True)

    class Meta(RunOut.Meta):
        fields = [
            *RunOut.Meta.fields,
            "config_hash",
            "config_yaml",
            "code_commit",
            "environment",
            "weights_source",
            "steps",
            "checks",
            "events",
        ]

    def get_weights_source(self, run: Run) -> str:
        return overview.weights_source(run)

    def get_checks(self, run: Run) -> list[dict[str, Any]]:
        waived = data_waivers.waivers_of(run.dataset)
        found = data_waivers.checks_of(run)
        keys = ("name", "outcome", "value", "limit", "sentence")
        return [{key: one[key] for key in keys} | {"is_waived": one["name"] in waived} for one in found]


class DataWaiverIn(serializers.Serializer[Any]):
    check = serializers.CharField(max_length=40)
    reason = serializers.CharField(max_length=2000)


class DataWaiverOut(serializers.ModelSerializer[DataWaiver]):
    check = serializers.CharField(source="check_name")

    class Meta:
        model = DataWaiver
        fields = ["id", "dataset", "check", "person", "reason", "created_at"]


class RunListed(RunOut):
    """A run in the list, with what its model version reached on its own hold-out; shares, empty before."""

    model_version = serializers.IntegerField(source="model_version.pk", default=None, allow_null=True)
    average_precision = serializers.FloatField(allow_null=True)
    machine_recall_at_tenth = serializers.FloatField(source="recall_at_tenth", allow_null=True)
    gate = serializers.CharField(help_text="What the gate said last; empty before.")
    is_deployed = serializers.BooleanField()
    seconds = serializers.SerializerMethodField(help_text="From its last start to its end.")

    class Meta(RunOut.Meta):
        fields = [
            *RunOut.Meta.fields,
            "requested_by",
            "code_commit",
            "model_version",
            "average_precision",
            "machine_recall_at_tenth",
            "gate",
            "is_deployed",
            "seconds",
        ]

    def get_seconds(self, run: Any) -> float | None:
        return run.took.total_seconds() if run.took else None


class Runs(Filtered, generics.ListAPIView[Run]):
    """Runs, newest first or as asked for, or request one."""

    permission_classes = [People]
    roles = READERS
    serializer_class = RunListed

    def get_queryset(self) -> QuerySet[Run]:
        return listing.runs(here(self.request).project, self.wanted()).select_related("model_version")

    @extend_schema(parameters=[RunQuery], responses=RunListed(many=True))
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.list(request, *args, **kwargs)

    @extend_schema(request=RunIn, responses={201: RunMade})
    def post(self, request: Request) -> Response:
        if not here(request).roles & DEPLOYERS:
            self.permission_denied(request, message="Engineers and admins request runs.")
        said = RunIn(data=request.data)
        said.is_valid(raise_exception=True)
        mine = Detector.objects.for_member(here(request).person).filter(project=here(request).project)
        detector = generics.get_object_or_404(mine, pk=said.validated_data["detector"])
        datasets = DatasetVersion.objects.filter(project=here(request).project)
        dataset = generics.get_object_or_404(datasets, pk=said.validated_data["dataset"])
        runs = _requested(detector, dataset, said.validated_data, by=here(request).person)
        nudge(tasks.train)
        made = RunOut(runs[0]).data | {"runs": [one.pk for one in runs]}
        return Response(made, status=status.HTTP_201_CREATED)


def _requested(detector: Detector, dataset: DatasetVersion, said: dict[str, Any], *, by: User) -> list[Run]:
    if said["config_yaml"]:
        text = said["config_yaml"]
        return registry.request_runs(detector, dataset, config_text=text, by=by, now=timezone.now())
    config = detector.config if said["config"] is None else said["config"]
    return [registry.request_run(detector, dataset, config=config, by=by, now=timezone.now())]


class OneRun(generics.RetrieveAPIView[Run]):
    """A run with its steps, the checks of its data, and what happened to it."""

    permission_classes = [People]
    roles = READERS
    serializer_class = OneRunOut

    def get_queryset(self) -> QuerySet[Run]:
        mine = Run.objects.for_member(here(self.request).person).filter(detector__project=here(self.request).project)
        return mine.select_related("dataset").prefetch_related("steps__reused_from", "events")


class RunChange(APIView):
    """What can be done with one run of the project."""

    permission_classes = [People]
    roles = DEPLOYERS

    def run_of(self, request: Request, pk: int) -> Run:
        mine = Run.objects.for_member(here(request).person).filter(detector__project=here(request).project)
        return generics.get_object_or_404(mine.select_related("dataset"), pk=pk)


class Resume(RunChange):
    """Let a failed or canceled run go on from the step that it stopped in."""

    @extend_schema(request=None, responses={202: RunOut})
    def post(self, request: Request, pk: int) -> Response:
        run = registry.resume_run(self.run_of(request, pk), by=here(request).person, now=timezone.now())
        nudge(tasks.train)
        return Response(RunOut(run).data, status=status.HTTP_202_ACCEPTED)


class Cancel(RunChange):
    """Cancel a run that is waited for or under way; its worker stops within seconds."""

    @extend_schema(request=ReasonIn, responses={200: RunOut})
    def post(self, request: Request, pk: int) -> Response:
        run, said = self.run_of(request, pk), ReasonIn(data=request.data)
        said.is_valid(raise_exception=True)
        reason = said.validated_data["reason"]
        canceled = canceling.cancel(run, by=here(request).person, reason=reason, now=timezone.now())
        return Response(RunOut(canceled).data)


class WaiveCheck(RunChange):
    """Take responsibility for a check that the run's data failed; it holds for the dataset version."""

    @extend_schema(request=DataWaiverIn, responses={201: DataWaiverOut})
    def post(self, request: Request, pk: int) -> Response:
        run, said = self.run_of(request, pk), DataWaiverIn(data=request.data)
        said.is_valid(raise_exception=True)
        made = data_waivers.waive(run, by=here(request).person, now=timezone.now(), **said.validated_data)
        return Response(DataWaiverOut(made).data, status=status.HTTP_201_CREATED)
