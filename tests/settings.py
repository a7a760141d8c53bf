"""This will be the settings of a test run: the real ones, over a ``var`` folder that is thrown away.

The first process to load this makes the folder; pytest's own workers and the Celery workers that tests start
inherit it through the environment, and so find the same embedded servers.
"""

import os
import tempfile

if "SECOND_LOOK_TEST_VAR" not in os.environ:
    os.environ["SECOND_LOOK_TEST_VAR"] = tempfile.mkdtemp(prefix="second-look-tests-")
    os.environ["SECOND_LOOK_TEST_OWNER"] = str(os.getpid())
os.environ["SECOND_LOOK_VAR"] = os.environ["SECOND_LOOK_TEST_VAR"]

# Several processes share the cores already. Threads that wait for each other, busily, only take them from the others.
for _threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "INFERENCE_THREADS"):
    os.environ.setdefault(_threads, "1")

# Each of pytest's workers has its own broker database and media folder, as it has its own test database: one
# must not carry out the tasks of another.
_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
if not os.environ.get("CELERY_BROKER_URL"):
    from config import embedded

    _NUMBER = int(_WORKER.removeprefix("gw") or 0) % 15 + 1 if _WORKER else 0
    _BROKER = embedded.broker_url(_NUMBER)

from config.settings import *  # noqa: E402, F403
from config.settings import PASSWORD_HASHERS, STORAGES, VAR_DIR  # noqa: E402

if not os.environ.get("CELERY_BROKER_URL"):
    CELERY_BROKER_URL = _BROKER
if "location" in STORAGES["default"].get("OPTIONS", {}):
    STORAGES["default"]["OPTIONS"]["location"] = str(VAR_DIR / f"media{_WORKER}")

# A password is slow to check on purpose, and hundreds of tests sign somebody in.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *PASSWORD_HASHERS]
# Each test's client has middleware of its own, which must not look through every static file before it answers.
WHITENOISE_AUTOREFRESH = True
