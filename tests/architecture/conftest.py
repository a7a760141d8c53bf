"""This will lend the served model version of moderation's tests."""

from tests.moderation.conftest import _nothing_loaded, white_is_bright

__all__ = ["_nothing_loaded", "white_is_bright"]
