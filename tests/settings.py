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

# Each of pytest's workers has its own broker database and media folder, as it has its own test database: one
# must not carry out the tasks of another.
_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
if not os.environ.get("CELERY_BROKER_URL"):
    from config import embedded

    _NUMBER = int(_WORKER.removeprefix("gw") or 0) % 15 + 1 if _WORKER else 0
    _BROKER = embedded.broker_url(_NUMBER)

from config.settings import *  # noqa: E402, F403
from config.settings import STORAGES, VAR_DIR  # noqa: E402

if not os.environ.get("CELERY_BROKER_URL"):
    CELERY_BROKER_URL = _BROKER
if "location" in STORAGES["default"].get("OPTIONS", {}):
    STORAGES["default"]["OPTIONS"]["location"] = str(VAR_DIR / f"media{_WORKER}")
