"""This will write down what screening takes: the time of its workers, their processors, their graphics processors.

One row an hour and project, added to in the transaction that concludes a batch, so that a batch which was done counts
once. A batch whose worker died, or that had to be seen anew, took time that nobody writes down.
"""

import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from config.accounts.models import Project

_ADD = """
    INSERT INTO moderation_screeningeffort AS known
        (project_id, hour, batches, posts, milliseconds, cpu_milliseconds, gpu_milliseconds)
    VALUES (%(project)s, date_trunc('hour', %(now)s, 'UTC'), 1, %(posts)s, %(lasted)s, %(cpu)s, %(gpu)s)
    ON CONFLICT (project_id, hour) DO UPDATE SET
        batches = known.batches + 1,
        posts = known.posts + excluded.posts,
        milliseconds = known.milliseconds + excluded.milliseconds,
        cpu_milliseconds = known.cpu_milliseconds + excluded.cpu_milliseconds,
        gpu_milliseconds = known.gpu_milliseconds + excluded.gpu_milliseconds
"""


@dataclass
class Effort:
    """What one batch has taken since this was made; ``elsewhere`` are processor seconds of other processes.

    The processor is that of this whole process: several threads that screen at once count each other's. Where
    ``has_gpu``, the worker keeps a graphics processor for itself all the while.
    """

    clock: float = field(default_factory=time.monotonic)
    cpu: float = field(default_factory=time.process_time)
    elsewhere: float = 0.0
    has_gpu: bool = False

    def write(self, project: Project, *, posts: int, now: datetime) -> None:
        """Add it to the hour's row. The caller's transaction ends at once: others wait for the row until then."""
        lasted = time.monotonic() - self.clock
        facts: dict[str, Any] = {
            "project": project.pk,
            "now": now,
            "posts": posts,
            "lasted": round(1000 * lasted),
            "cpu": round(1000 * (time.process_time() - self.cpu + self.elsewhere)),
            "gpu": round(1000 * lasted) if self.has_gpu else 0,
        }
        with connection.cursor() as cursor:
            cursor.execute(_ADD, facts)
