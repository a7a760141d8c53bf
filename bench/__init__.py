"""This will measure what must stay fast: ``python -m bench`` prints one table and fails where a limit broke.

Whoever imports it works on scratch data and nowhere else: the environment is set before Django reads its settings.
"""

import os
import tempfile

import django

FOLDER = tempfile.mkdtemp(prefix="second-look-bench-")
os.environ.update(SECOND_LOOK_VAR=FOLDER, DJANGO_SETTINGS_MODULE="config.settings", LOG_LEVEL="ERROR")
for _elsewhere in ("DATABASE_URL", "CELERY_BROKER_URL"):
    os.environ.pop(_elsewhere, None)
django.setup()
