"""This will register what the admin shows of moderation."""

from moderation.admin import impressions, journal, rows

__all__ = ["impressions", "journal", "rows"]
