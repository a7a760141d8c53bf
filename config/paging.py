"""This will page lists by cursor, newest first, with an order that ends with id."""

from typing import Any

from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request

MOST_DIGITS = 18  # As many as fit into a bigint, whatever they are.


class NewestFirst(CursorPagination):
    ordering = ("-id",)
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200

    def decode_cursor(self, request: Request) -> Any:
        """Read where the page starts; raises NotFound for a cursor that this service did not make."""
        cursor = super().decode_cursor(request)
        position = getattr(cursor, "position", None)
        if position is not None and not (position.isdecimal() and len(position) <= MOST_DIGITS):
            raise NotFound(self.invalid_cursor_message)
        return cursor
