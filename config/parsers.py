"""This will read JSON bodies up to a limit; Django's own limit does not reach bodies that are read as a stream."""

from collections.abc import Mapping
from io import BytesIO
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from rest_framework.parsers import JSONParser


class BoundedJSONParser(JSONParser):
    """Raises RequestDataTooBig (413) beyond ``DATA_UPLOAD_MAX_MEMORY_SIZE`` bytes, whatever length was announced."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise RequestDataTooBig(f"A JSON body may have {limit:,} bytes.")
        return super().parse(BytesIO(body), media_type, parser_context)
