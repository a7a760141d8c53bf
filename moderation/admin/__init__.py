"""This will register what the admin shows of moderation."""

from moderation.admin import (
    costs,
    flips,
    go_no_go,
    impressions,
    journal,
    lab,
    measured,
    policies,
    quality,
    rollouts,
    rows,
    watch,
)

__all__ = [
    "costs",
    "flips",
    "go_no_go",
    "impressions",
    "journal",
    "lab",
    "measured",
    "policies",
    "quality",
    "rollouts",
    "rows",
    "watch",
]
