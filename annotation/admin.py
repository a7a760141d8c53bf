"""This will show images, questions, jobs, labels and truths in the admin, written by rooms alone; and take examples."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from annotation import examples, gold, images
from annotation.models import (
    DatasetMember,
    Example,
    Exclusion,
    GoldItem,
    Image,
    Job,
    Label,
    PlaygroundImage,
    PlaygroundScore,
    Prediction,
    Question,
    Rescoring,
    RescoringEvent,
    Retraction,
    Truth,
    UnscoredImage,
)
from config.accounts.staff import ReadOnly, signed_in


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


@admin.register(Rescoring)
class Rescorings(ReadOnly):
    list_display = ["id", "project", "model_version", "status", "images", "scored", "known", "unscored", "requested_at"]
    list_filter = ["project", "status"]
    search_fields = ["=id", "error"]
    list_select_related = ["project", "model_version__detector"]


@admin.register(RescoringEvent)
class RescoringEvents(ReadOnly):
    list_display = ["rescoring", "kind", "actor", "detail", "at"]
    list_filter = ["kind"]
    search_fields = ["=rescoring__id", "detail"]
    list_select_related = ["rescoring", "actor"]


@admin.register(UnscoredImage)
class UnscoredImages(ReadOnly):
    list_display = ["rescoring", "image", "code", "detail", "at"]
    list_filter = ["code"]
    search_fields = ["=rescoring__id", "image__sha256"]
    list_select_related = ["rescoring", "image"]


@admin.register(PlaygroundImage)
class PlaygroundImages(ReadOnly):
    list_display = ["id", "project", "person", "name", "is_drawn", "size_bytes", "failure_code", "created_at"]
    list_filter = ["project", "is_drawn"]
    search_fields = ["name", "person__username", "sha256"]
    list_select_related = ["project", "person"]


@admin.register(PlaygroundScore)
class PlaygroundScores(ReadOnly):
    list_display = ["image", "model_version", "scores", "failure", "asked_at", "answered_at"]
    list_filter = ["model_version"]
    search_fields = ["image__name"]
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


class GoldForm(forms.ModelForm):
    """A new gold item is made of what is known of an image: the number of a truth."""

    truth_id = forms.IntegerField(min_value=1, label="Truth", help_text="The id of a truth, from the list of truths.")

    class Meta:
        model = GoldItem
        fields = ["project"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        standing = Truth.objects.filter(withdrawn_at__isnull=True, project=cleaned.get("project"))
        cleaned["truth"] = (
            standing.filter(pk=cleaned.get("truth_id") or 0).select_related("image", "schema", "question").first()
        )
        if cleaned["truth"] is None:
            self.add_error("truth_id", "The project has no such truth.")
        elif gold.is_known(cleaned["truth"]):
            self.add_error("truth_id", "Its image is a gold item already, or was one.")
        return cleaned


@admin.register(GoldItem)
class GoldItems(admin.ModelAdmin):
    """Images whose truth was known before; the rate is the project's. An item can be retired, and never changed."""

    list_display = ["question", "project", "classes", "source", "added_by", "added_at", "retired_at"]
    list_filter = ["project", "source", ("retired_at", admin.EmptyFieldListFilter)]
    search_fields = ["=question__id", "question__image__sha256"]
    list_select_related = ["project", "question", "added_by"]
    form = GoldForm
    actions = ["retire"]

    def has_change_permission(self, request: HttpRequest, obj: GoldItem | None = None) -> bool:
        return obj is None

    def has_delete_permission(self, request: HttpRequest, obj: GoldItem | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: GoldItem, form: forms.ModelForm, change: bool) -> None:
        obj.pk = gold.add_truth(form.cleaned_data["truth"], by=signed_in(request), now=timezone.now()).pk

    @admin.action(description="Retire: nobody else is asked")
    def retire(self, request: HttpRequest, items: QuerySet[GoldItem]) -> None:
        for item in items:
            gold.retire(item, now=timezone.now())
        self.message_user(request, f"{len(items)} gold items are retired.")


class ExampleForm(forms.ModelForm):
    """A new example: its image is stored and decoded while the form is checked, so that a refusal is said beside it."""

    file = forms.FileField(label="Image", help_text="Kept privately; members see it smaller and without metadata.")

    class Meta:
        model = Example
        fields = ["project", "class_key", "is_violation", "caption", "position"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        try:
            if cleaned.get("project"):
                examples.check_class(cleaned["project"], cleaned.get("class_key", ""))
                if cleaned.get("file"):
                    data = cleaned["file"].read()
                    cleaned["image"] = examples.keep_image(cleaned["project"], data, now=timezone.now())
        except examples.ExampleRefused as error:
            self.add_error("class_key", str(error))
        except (images.ImageRefused, images.NotAnImage) as error:
            self.add_error("file", str(error))
        return cleaned


@admin.register(Example)
class Examples(admin.ModelAdmin):
    """What the guideline shows. An example's words can be changed, and it can be taken out; image and class stay."""

    list_display = ["id", "project", "class_key", "is_violation", "caption", "position", "created_by"]
    list_filter = ["project", "class_key", "is_violation"]
    search_fields = ["caption", "class_key"]
    list_select_related = ["project", "created_by"]
    readonly_fields = ["image", "created_at", "created_by"]

    def get_form(self, request: HttpRequest, obj: Example | None = None, change: bool = False, **more: Any) -> Any:
        return super().get_form(request, obj, change=change, **more, **({} if change else {"form": ExampleForm}))

    def get_fields(self, request: HttpRequest, obj: Example | None = None) -> Any:
        words = ["class_key", "is_violation", "caption", "position"]
        return [*words, "image", "created_at", "created_by"] if obj else ["project", *words, "file"]

    def get_readonly_fields(self, request: HttpRequest, obj: Example | None = None) -> Any:
        return [*self.readonly_fields, *(["class_key"] if obj else [])]

    def save_model(self, request: HttpRequest, obj: Example, form: forms.ModelForm, change: bool) -> None:
        if change:
            obj.save(update_fields=["is_violation", "caption", "position"])
            return
        said = {name: form.cleaned_data[name] for name in ("class_key", "is_violation", "caption", "position")}
        image = form.cleaned_data["image"]
        obj.pk = examples.show(obj.project, image, **said, by=signed_in(request), now=timezone.now()).pk
