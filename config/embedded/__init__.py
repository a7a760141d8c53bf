"""This will run PostgreSQL and Valkey out of Python wheels, so that nothing need be installed by hand.

Knows no Django. ``database_url`` and ``broker_url`` say where the servers of this checkout answer, without
starting anything; inside ``with servers():`` they do answer.
"""

from config.embedded.lifetime import ServersFailed, are_needed, ensure, is_kept, servers
from config.embedded.paths import broker_url, database_url, var_folder

__all__ = [
    "ServersFailed",
    "are_needed",
    "broker_url",
    "database_url",
    "ensure",
    "is_kept",
    "servers",
    "var_folder",
]
