"""This will be the Celery application; the settings carry everything, prefixed CELERY_."""

import os

from celery import Celery

from config.schedule import outcomes

__all__ = ["app", "outcomes"]

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("second_look")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
