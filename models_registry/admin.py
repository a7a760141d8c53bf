"""This will show what was trained and deployed in the admin; deploying asks the same gate as everywhere."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from config.accounts.staff import Kept, ReadOnly, signed_in
from models_registry import deployment
from models_registry.models import (
    DatasetVersion,
    DataWaiver,
    Deployment,
    Detector,
    Evaluation,
    LabelSchema,
    ModelVersion,
    Pruning,
    Run,
    RunEpoch,
    RunEvent,
    RunStep,
    Scorecard,
    Study,
    Trial,
    Waiver,
)


@admin.register(LabelSchema)
class LabelSchemas(ReadOnly):
    list_display = ["project", "version", "kind", "created_at", "created_by"]
    list_filter = ["project"]
    search_fields = ["project__slug"]


@admin.register(Detector)
class Detectors(Kept):
    list_display = ["slug", "project", "schema", "created_at"]
    list_filter = ["project"]
    search_fields = ["slug"]
    readonly_fields = ["project", "slug", "schema", "created_at"]
    actions = ["roll_back"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.action(description="Roll back to the version that was champion before")
    def roll_back(self, request: HttpRequest, detectors: QuerySet[Detector]) -> None:
        for detector in detectors:
            try:
                made = deployment.roll_back(detector, by=signed_in(request), reason="in the admin", now=timezone.now())
                self.message_user(request, f"{made.model_version} is the champion.")
            except deployment.DeploymentRefused as error:
                self.message_user(request, str(error), messages.ERROR)


@admin.register(DatasetVersion)
class DatasetVersions(ReadOnly):
    list_display = ["project", "number", "schema", "checksum", "created_at", "created_by"]
    list_filter = ["project"]
    search_fields = ["checksum"]


class Steps(admin.TabularInline):
    model = RunStep
    extra = 0
    can_delete = False
    fields = readonly_fields = ("position", "name", "status", "seconds", "log")


@admin.register(Run)
class Runs(ReadOnly):
    list_display = ["id", "detector", "dataset", "status", "attempts", "error", "requested_at", "finished_at"]
    list_filter = ["status", "detector"]
    search_fields = ["=id", "error", "config_hash"]
    list_select_related = ["detector__project", "dataset__project"]
    inlines = [Steps]


@admin.register(RunStep)
class RunSteps(ReadOnly):
    list_display = ["run", "position", "name", "status", "seconds", "started_at"]
    list_filter = ["status", "name"]
    search_fields = ["=run__id", "log"]


@admin.register(RunEpoch)
class RunEpochs(ReadOnly):
    list_display = ["run", "epoch", "metrics"]
    search_fields = ["=run__id"]


@admin.register(RunEvent)
class RunEvents(ReadOnly):
    list_display = ["run", "kind", "actor", "detail", "at"]
    list_filter = ["kind"]
    search_fields = ["=run__id", "detail"]
    list_select_related = ["run", "actor"]


@admin.register(DataWaiver)
class DataWaivers(ReadOnly):
    list_display = ["dataset", "check_name", "person", "reason", "created_at"]
    list_filter = ["check_name"]
    search_fields = ["reason", "person__username"]
    list_select_related = ["dataset__project", "person"]


@admin.register(Study)
class Studies(ReadOnly):
    list_display = ["id", "detector", "dataset", "status", "requested_at", "requested_by"]
    list_filter = ["status", "detector"]
    search_fields = ["=id", "config_text"]
    list_select_related = ["detector__project", "dataset__project", "requested_by"]


@admin.register(Trial)
class Trials(ReadOnly):
    list_display = ["study", "number", "run", "values"]
    search_fields = ["=study__id"]
    list_select_related = ["study", "run"]


@admin.register(Pruning)
class Prunings(ReadOnly):
    list_display = ["trial", "epoch", "reached", "at"]
    search_fields = ["=trial__study__id"]
    list_select_related = ["trial__study", "trial__run"]


@admin.register(ModelVersion)
class ModelVersions(ReadOnly):
    list_display = ["id", "detector", "number", "dataset", "run", "created_at"]
    list_filter = ["detector"]
    search_fields = ["artifact_sha256", "detector__slug"]
    list_select_related = ["detector__project", "dataset__project", "run"]
    actions = ["deploy"]

    @admin.action(description="Deploy: make this version the champion, if the gate lets it")
    def deploy(self, request: HttpRequest, versions: QuerySet[ModelVersion]) -> None:
        for version in versions[:1]:
            try:
                deployment.deploy(version, by=signed_in(request), reason="in the admin", now=timezone.now())
                self.message_user(request, f"{version} is the champion.")
            except deployment.DeploymentRefused as error:
                self.message_user(request, str(error), messages.ERROR)


@admin.register(Evaluation)
class Evaluations(ReadOnly):
    list_display = ["model_version", "dataset", "created_at"]
    list_filter = ["model_version__detector"]
    search_fields = ["=model_version__number"]
    list_select_related = ["model_version__detector", "dataset__project"]


@admin.register(Scorecard)
class Scorecards(ReadOnly):
    list_display = ["model_version", "champion", "outcome", "created_at"]
    list_filter = ["outcome"]
    search_fields = ["=model_version__number"]
    list_select_related = ["model_version__detector", "champion__detector"]


@admin.register(Waiver)
class Waivers(ReadOnly):
    list_display = ["scorecard", "person", "reason", "created_at"]
    search_fields = ["reason", "person__username"]


@admin.register(Deployment)
class Deployments(ReadOnly):
    list_display = ["detector", "model_version", "role", "is_roll_back", "started_at", "started_by", "ended_at"]
    list_filter = ["detector", "role", "is_roll_back"]
    search_fields = ["reason"]
    list_select_related = ["detector__project", "model_version__detector", "started_by"]
