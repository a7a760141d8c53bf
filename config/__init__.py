"""This will wire Second Look together: settings, URLs, Celery, the table of errors."""

from config.celery import app as celery_app

__all__ = ["celery_app"]
