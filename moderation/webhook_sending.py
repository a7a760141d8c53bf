"""This will carry signed webhooks to addresses that clients chose, and never into our own network.

Plain values in and out; the rows are in moderation/webhooks. A client chooses the address and its name server, so
neither is trusted: the name is looked up once, every address it stands for has to be public, and the connection
goes to an address that was checked, so that a second look-up cannot point elsewhere. Nothing follows a redirect,
asks a proxy or reads more than a few hundred bytes of what comes back. Signed as in Standard Webhooks 1.0.0
(https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
"""

import base64
import hashlib
import hmac
import http.client
import json
import logging
import socket
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from moderation.webhook_addresses import BadAddress, Target, dial, locate

TIMEOUT_SECONDS = 10.0
# No sending is begun later than this after the call; so a call ends in about twenty seconds, whoever stalls.
START_SECONDS = 10.0
THREADS = 8
_MOST_BODY_BYTES = 500

logger = logging.getLogger(__name__)


class BadSecret(ValueError):
    """The client's signing secret is empty or is not base64; nothing is ever sent unsigned."""


@dataclass(frozen=True)
class Parcel:
    """One message to one client; ``key`` is the sender's own name for it."""

    key: int
    client_id: int
    url: str
    secret: str
    message_id: str
    payload: dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What came of a parcel: ``status`` is None where the endpoint gave none; ``error`` is a sentence for staff."""

    status: int | None
    error: str = ""
    retry_after_seconds: float | None = None


def sign(body: bytes, *, message_id: str, timestamp: int, secret: str) -> str:
    """Return the ``webhook-signature`` header. Raises BadSecret."""
    encoded = secret.strip().removeprefix("whsec_")
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except ValueError:
        key = b""
    if not key:
        raise BadSecret("The client's webhook secret should be whsec_ followed by base64.")
    mac = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256)
    return "v1," + base64.b64encode(mac.digest()).decode()


def carry(parcels: Sequence[Parcel], *, allow_private: bool, now: datetime) -> Iterator[tuple[Parcel, Answer | None]]:
    """Post every parcel; yields each with its answer, in the order in which they are done.

    Clients are served side by side, the parcels of one client in turn: where one finds no endpoint, those behind
    it share its fate at once, so that a dead client costs one timeout and not one per parcel. None stands for a
    parcel that was not begun in START_SECONDS. The caller's thread alone runs between yields.
    """
    lines: dict[int, deque[Parcel]] = {}
    for parcel in parcels:
        lines.setdefault(parcel.client_id, deque()).append(parcel)
    start_until = time.monotonic() + START_SECONDS

    def begin(line: deque[Parcel]) -> Future[Answer | None]:
        return pool.submit(_post_before, line[0], start_until=start_until, allow_private=allow_private, now=now)

    with ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="webhook") as pool:
        running = {begin(line): line for line in lines.values()}
        while running:
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                line = running.pop(future)
                answer = _result(future)
                yield line.popleft(), answer
                if answer and answer.status is None:
                    missed = Answer(None, f"Not tried, as the one before it failed: {answer.error}")
                    yield from ((parcel, missed) for parcel in line)
                elif line:
                    running[begin(line)] = line


def _result(future: "Future[Answer | None]") -> Answer | None:
    try:
        return future.result()
    except Exception as error:
        # An address or answer so odd that it found a hole in our checks: it must not hold up other clients.
        logger.exception("A webhook could not be sent, in a way nobody thought of.")
        return Answer(None, f"Unexpected {type(error).__name__}; see the log.")


def _post_before(parcel: Parcel, *, start_until: float, allow_private: bool, now: datetime) -> Answer | None:
    return post(parcel, allow_private=allow_private, now=now) if time.monotonic() < start_until else None


def post(parcel: Parcel, *, allow_private: bool, now: datetime) -> Answer:
    """Sign and send one parcel, taking TIMEOUT_SECONDS at most, or as long as a name server stalls.

    ``now`` is the time that is signed; receivers refuse one that is some minutes off.
    """
    body = json.dumps(parcel.payload, separators=(",", ":")).encode()
    until = time.monotonic() + TIMEOUT_SECONDS
    try:
        headers = _headers(parcel, body=body, timestamp=int(now.timestamp()))
        target = locate(parcel.url, allow_private=allow_private)
        return _exchange(target, body=body, headers=headers, until=until, now=now)
    except (BadAddress, BadSecret) as error:
        return Answer(None, _plain(str(error)))
    except (OSError, http.client.HTTPException, ValueError) as error:
        if isinstance(error, TimeoutError) or time.monotonic() >= until:
            return Answer(None, f"No answer within {TIMEOUT_SECONDS:.0f} seconds.")
        return Answer(None, _plain(f"{type(error).__name__}: {error}"))


def _headers(parcel: Parcel, *, body: bytes, timestamp: int) -> dict[str, str]:
    signature = sign(body, message_id=parcel.message_id, timestamp=timestamp, secret=parcel.secret)
    return {
        "Content-Type": "application/json",
        "User-Agent": "Second-Look-Webhooks/1",
        "Connection": "close",
        "webhook-id": parcel.message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature,
    }


class _Connection(http.client.HTTPConnection):
    """HTTP over a socket that was dialed by address; name and port only make the Host header."""

    auto_open = 0  # It never connects by name.

    def __init__(self, target: Target, *, sock: socket.socket) -> None:
        super().__init__(target.host, target.port)
        self.default_port = target.default_port
        self.sock = sock


def _exchange(target: Target, *, body: bytes, headers: dict[str, str], until: float, now: datetime) -> Answer:
    sock = dial(target, until=until)
    with closing(sock), closing(_Connection(target, sock=sock)) as connection, _cut_at(until, sock=sock):
        connection.request("POST", target.path, body=body, headers=headers)
        with closing(connection.getresponse()) as response:
            if 200 <= response.status < 300:
                return Answer(response.status)
            return Answer(response.status, _complaint(response), _retry_after(response, now=now))


@contextmanager
def _cut_at(until: float, *, sock: socket.socket) -> Iterator[None]:
    """End the conversation at that time of the monotonic clock.

    A socket's own timeout starts anew with each byte, so an endpoint that sends one in nine seconds holds a
    thread for days.
    """
    timer = threading.Timer(max(0.0, until - time.monotonic()), _cut, [sock])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _cut(sock: socket.socket) -> None:
    # The plain shutdown, also under TLS: the reading thread is inside the TLS object and sees the end by itself.
    with suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _complaint(response: http.client.HTTPResponse) -> str:
    if 300 <= response.status < 400:
        return _plain(f"Redirects are not followed: {response.status} to {response.headers.get('Location', '?')}")
    said = b""
    with suppress(OSError, http.client.HTTPException, ValueError):
        said = response.read(_MOST_BODY_BYTES)
    return _plain(f"{response.status} {response.reason}: {said.decode(errors='replace')}")


def _retry_after(response: http.client.HTTPResponse, *, now: datetime) -> float | None:
    """Return the seconds that a 429 or a 503 asks for, as a number or as a date; None where it does not."""
    asked = (response.headers.get("Retry-After") or "").strip()
    if response.status not in {429, 503} or not asked:
        return None
    if asked.isdecimal() and len(asked) < 10:
        return float(asked)
    try:
        date = parsedate_to_datetime(asked)
    except (ValueError, OverflowError):
        return None
    return max(0.0, ((date if date.tzinfo else date.replace(tzinfo=UTC)) - now).total_seconds())


def _plain(text: str) -> str:
    """Make foreign text fit for a column and a page: PostgreSQL's text holds no zero byte."""
    return "".join(letter if letter.isprintable() else " " for letter in text)[:1000].strip()
