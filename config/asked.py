"""This will read what a request says by a serializer that is made once, and not for every request.

Making the fields of a small serializer takes three times as long as reading a body with them (measured on answers).
"""

from functools import cache
from typing import Any

from rest_framework.serializers import Serializer


@cache
def _reader(kind: type[Serializer[Any]]) -> Serializer[Any]:
    return kind()


def said(kind: type[Serializer[Any]], data: Any) -> dict[str, Any]:
    """Return the validated data of a body, by a serializer that knows nothing but the body. Raises ValidationError."""
    found: dict[str, Any] = _reader(kind).run_validation(data)
    return found
