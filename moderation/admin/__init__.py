"""This will register what the admin shows of moderation."""

from moderation.admin import go_no_go, impressions, journal, rows

__all__ = ["go_no_go", "impressions", "journal", "rows"]
