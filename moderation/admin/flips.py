"""This will show in the admin what flips, and what of it was sent to review; only rooms write it."""

from django.contrib import admin

from config.accounts.staff import ReadOnly
from moderation.models import Flip, FlipComparison, FlipSending


@admin.register(FlipComparison)
class FlipComparisons(ReadOnly):
    list_display = ["id", "rescoring", "policy_version", "champion", "newly_flagged", "newly_cleared", "finished_at"]
    list_filter = ["project"]
    search_fields = ["=id", "=rescoring__id"]
    list_select_related = ["rescoring", "policy_version__project", "champion__detector"]


@admin.register(Flip)
class Flips(ReadOnly):
    list_display = ["id", "comparison", "post", "kind", "class_key", "score_before", "score_after"]
    list_filter = ["kind"]
    search_fields = ["=comparison__id", "post__external_id"]
    list_select_related = ["comparison__rescoring", "post"]


@admin.register(FlipSending)
class FlipSendings(ReadOnly):
    list_display = ["id", "comparison", "kind", "posts", "probability", "person", "created_at", "finished_at"]
    list_filter = ["kind"]
    search_fields = ["reason", "person__username"]
    list_select_related = ["comparison__rescoring", "person"]
