"""This will register what the admin shows of moderation."""

from moderation.admin import impressions, rows

__all__ = ["impressions", "rows"]
