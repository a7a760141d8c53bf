"""This will show in the admin how often posts were seen, and what follows from it; and how long strikes count."""

from django.contrib import admin

from config.accounts.staff import ReadOnly
from moderation.models import DayViews, PostViews, StrikeRule, ViewDraw, ViewPlan


@admin.register(PostViews)
class PostsViews(ReadOnly):
    list_display = ["post", "views", "updated_at"]
    search_fields = ["post__external_id"]
    list_select_related = ["post"]


@admin.register(DayViews)
class DaysViews(ReadOnly):
    list_display = ["project", "date", "views"]
    list_filter = ["project"]
    search_fields = ["project__slug"]


@admin.register(ViewPlan)
class ViewPlans(ReadOnly):
    list_display = ["project", "day", "number", "posts", "looks", "floor", "factor", "created_at"]
    list_filter = ["project"]
    search_fields = ["project__slug"]
    list_select_related = ["project"]


@admin.register(ViewDraw)
class ViewDraws(ReadOnly):
    list_display = ["draw", "views", "combined_probability", "screened_at"]
    list_filter = ["project"]
    search_fields = ["draw__post__external_id"]
    list_select_related = ["draw__post"]


@admin.register(StrikeRule)
class StrikeRules(admin.ModelAdmin):
    """How long a removal counts against its poster; without a rule, for the default time."""

    list_display = ["project", "lifetime_days"]
    search_fields = ["project__slug"]
