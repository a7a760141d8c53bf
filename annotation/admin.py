"""This will show images, questions, jobs, labels and truths in the admin; all are written by rooms alone."""

from django.contrib import admin

from annotation.models import (
    DatasetMember,
    Exclusion,
    Image,
    Job,
    Label,
    Prediction,
    Question,
    Retraction,
    Truth,
)
from config.accounts.staff import ReadOnly


@admin.register(Image)
class Images(ReadOnly):
    list_display = ["id", "project", "sha256", "format", "width_px", "height_px", "received_at", "decoded_at"]
    list_filter = ["project", "format", "straddles_split"]
    search_fields = ["sha256"]
    exclude = ["pdq", "pdq_bands"]


@admin.register(Prediction)
class Predictions(ReadOnly):
    list_display = ["id", "image", "model_version", "scores", "created_at"]
    list_filter = ["model_version"]
    search_fields = ["image__sha256"]
    list_select_related = ["image", "model_version__detector"]


@admin.register(Question)
class Questions(ReadOnly):
    list_display = ["id", "project", "purpose", "lane", "status", "is_escalated", "due_at", "opened_at", "finished_at"]
    list_filter = ["project", "purpose", "lane", "status", "is_escalated"]
    search_fields = ["=id", "image__sha256"]
    list_select_related = ["project"]


@admin.register(Job)
class Jobs(ReadOnly):
    list_display = ["id", "question", "seat", "desk", "lane", "status", "person", "due_at", "lease_until"]
    list_filter = ["project", "desk", "lane", "status"]
    search_fields = ["=id", "=question__id", "person__username"]
    list_select_related = ["question", "person"]
    exclude = ["lease_token"]


@admin.register(Exclusion)
class Exclusions(ReadOnly):
    list_display = ["question", "person", "reason", "is_skip", "created_at"]
    list_filter = ["is_skip"]
    search_fields = ["=question__id", "person__username"]
    list_select_related = ["question", "person"]


@admin.register(Label)
class Labels(ReadOnly):
    list_display = ["id", "question", "person", "classes", "is_unsure", "seconds", "created_at"]
    list_filter = ["question__project", "is_unsure", "question__purpose"]
    search_fields = ["=id", "=question__id", "person__username", "note"]
    list_select_related = ["question", "person"]


@admin.register(Retraction)
class Retractions(ReadOnly):
    list_display = ["label", "created_at"]
    search_fields = ["=label__id"]
    list_select_related = ["label"]


@admin.register(Truth)
class Truths(ReadOnly):
    list_display = ["id", "project", "image", "source", "purpose", "classes", "inclusion_probability", "settled_at"]
    list_filter = ["project", "source", "purpose"]
    search_fields = ["=id", "image__sha256"]
    list_select_related = ["project", "image"]


@admin.register(DatasetMember)
class DatasetMembers(ReadOnly):
    list_display = ["id", "dataset", "truth"]
    list_filter = ["dataset"]
    search_fields = ["=truth__id"]
    list_select_related = ["dataset__project", "truth"]
