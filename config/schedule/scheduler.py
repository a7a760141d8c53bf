"""This will be what the beat runs: the rows that the admin shows, brought in line with this release when it starts."""

from django_celery_beat.schedulers import DatabaseScheduler

from config import beat
from config.schedule import rows


class Scheduler(DatabaseScheduler):
    """Its parent writes the shipped times over whatever stands in the rows, at every start."""

    def setup_schedule(self) -> None:
        rows.synchronize(beat.SCHEDULE)
