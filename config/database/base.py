"""This will notice without asking the server that it hung up; Django finds this class by the name of its module."""

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's, which sends ``SELECT 1`` at the start of every request to see whether its connection still stands."""

    def is_usable(self) -> bool:
        """Return whether the server is still there, as far as can be known without a question.

        Whoever hangs up is heard: the socket has something to read. Where it has not, the next query tells as well as
        a question before it would; where it has, or something went wrong before, the server is asked.
        """
        return self._is_quiet() or super().is_usable()

    def _is_quiet(self) -> bool:
        if self.connection is None or self.connection.closed or self.errors_occurred:
            return False
        line = select.poll()
        line.register(self.connection.fileno(), select.POLLIN)
        return not line.poll(0)
