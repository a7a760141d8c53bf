"""This will serve studies over HTTP: check a config file, start a study, watch it, cancel it, train what it found."""

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.accounts.rules import People, here
from models_registry import config_files, studies, tasks
from models_registry.models import DatasetVersion, Detector, Study, Trial
from models_registry.nudge import nudge
from models_registry.studies.results import best, result, results
from models_registry.views.api import DEPLOYERS, READERS, RunOut


class ConfigText(serializers.CharField):
    """A config file. Spaces at its ends stay, or the lines of what is wrong would be others."""

    def __init__(self, **more: Any) -> None:
        super().__init__(trim_whitespace=False, allow_blank=True, **more)


class ConfigIn(serializers.Serializer[Any]):
    config_yaml = ConfigText()


class ConfigOut(serializers.Serializer[Any]):
    is_study = serializers.BooleanField()
    runs = serializers.IntegerField(help_text="How many runs it asks for, one for each seed; 0 for a study.")
    trials = serializers.IntegerField(help_text="How many trials a study may have; 0 for runs.")
    ranges = serializers.ListField(child=serializers.CharField(), help_text="What a study searches.")


class StudyIn(ConfigIn):
    detector = serializers.IntegerField()
    dataset = serializers.IntegerField()


class StudyOut(serializers.ModelSerializer[Study]):
    class Meta:
        model = Study
        fields = ["id", "detector", "dataset", "status", "importances", "error", "requested_at", "finished_at"]


class TrialOut(serializers.ModelSerializer[Trial]):
    """``validation_average_precision`` is what it reached in its last epoch, on the calibration side of the split."""

    state = serializers.SerializerMethodField()
    validation_average_precision = serializers.SerializerMethodField()

    class Meta:
        model = Trial
        fields = ["number", "run", "values", "state", "validation_average_precision"]

    def get_state(self, trial: Trial) -> str:
        return result(trial).state.value

    def get_validation_average_precision(self, trial: Trial) -> float | None:
        return result(trial).value


class OneStudyOut(StudyOut):
    """A study with its trials; ``best`` is the number of the one that reached most, null before one is fitted."""

    config_yaml = serializers.CharField(source="config_text")
    trials = TrialOut(many=True)
    best = serializers.SerializerMethodField()

    class Meta(StudyOut.Meta):
        fields = [*StudyOut.Meta.fields, "config_yaml", "best", "trials"]

    def get_best(self, study: Study) -> int | None:
        found = best(results(study))
        return found.trial.number if found else None


class CheckConfig(APIView):
    """Say what a config file asks for, or what is wrong with it, line by line; nothing is requested."""

    permission_classes = [People]
    roles = DEPLOYERS

    @extend_schema(request=ConfigIn, responses={200: ConfigOut})
    def post(self, request: Request) -> Response:
        said = ConfigIn(data=request.data)
        said.is_valid(raise_exception=True)
        file = config_files.read(said.validated_data["config_yaml"])
        found = {
            "is_study": file.is_study,
            "runs": 0 if file.is_study else len(file.seeds),
            "trials": file.study.trials if file.study else 0,
            "ranges": [one.path for one in file.ranges],
        }
        return Response(ConfigOut(found).data)


class Studies(generics.ListAPIView[Study]):
    """Studies, newest first, or start one."""

    permission_classes = [People]
    roles = READERS
    queryset = Study.objects.none()
    serializer_class = StudyOut

    def get_queryset(self) -> QuerySet[Study]:
        return studies_of(self.request)

    @extend_schema(request=StudyIn, responses={201: StudyOut})
    def post(self, request: Request) -> Response:
        if not here(request).roles & DEPLOYERS:
            self.permission_denied(request, message="Engineers and admins start studies.")
        said = StudyIn(data=request.data)
        said.is_valid(raise_exception=True)
        mine = Detector.objects.for_member(here(request).person).filter(project=here(request).project)
        detector = generics.get_object_or_404(mine, pk=said.validated_data["detector"])
        datasets = DatasetVersion.objects.filter(project=here(request).project)
        dataset = generics.get_object_or_404(datasets, pk=said.validated_data["dataset"])
        text = said.validated_data["config_yaml"]
        study = studies.request(detector, dataset, config_text=text, by=here(request).person, now=timezone.now())
        nudge(tasks.train)
        return Response(StudyOut(study).data, status=status.HTTP_201_CREATED)


def studies_of(request: Request) -> QuerySet[Study]:
    mine: QuerySet[Study] = Study.objects.for_member(here(request).person)
    return mine.filter(detector__project=here(request).project)


class OneStudy(generics.RetrieveAPIView[Study]):
    """A study with its trials."""

    permission_classes = [People]
    roles = READERS
    serializer_class = OneStudyOut

    def get_queryset(self) -> QuerySet[Study]:
        return studies_of(self.request).prefetch_related("trials__run__epochs", "trials__pruning")


class Cancel(APIView):
    """End a study, and the trial that is under way; what is over stays."""

    permission_classes = [People]
    roles = DEPLOYERS

    @extend_schema(request=None, responses={200: StudyOut})
    def post(self, request: Request, pk: int) -> Response:
        study = generics.get_object_or_404(studies_of(request), pk=pk)
        return Response(StudyOut(studies.cancel(study, by=here(request).person, now=timezone.now())).data)


class TrainBest(APIView):
    """Request a whole run with the best config so far; the study may still go on."""

    permission_classes = [People]
    roles = DEPLOYERS

    @extend_schema(request=None, responses={201: RunOut})
    def post(self, request: Request, pk: int) -> Response:
        study = generics.get_object_or_404(studies_of(request).select_related("detector", "dataset"), pk=pk)
        run = studies.train_best(study, by=here(request).person, now=timezone.now())
        nudge(tasks.train)
        return Response(RunOut(run).data, status=status.HTTP_201_CREATED)
