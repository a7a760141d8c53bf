"""This will find out where a client's webhook address leads, and refuse one that leads inside.

A name may stand for several addresses and may be pointed elsewhere at any time, so all of them are checked, and
``dial`` connects to those very addresses and never asks for the name again.
"""

import functools
import ipaddress
import socket
import ssl
import time
from dataclasses import dataclass
from urllib.parse import SplitResult, quote, urlsplit

from requests.utils import DEFAULT_CA_BUNDLE_PATH

_PORTS = {"http": 80, "https": 443}
_MOST_ADDRESSES = 4
# What may stand in a path besides letters and digits, as RFC 3986 has it; the rest is percent-encoded.
_SAFE = "/%:;=@&+$,!?*'()[]~-._"
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class BadAddress(ValueError):
    """The address is malformed, of a kind that is not allowed, unknown, or leads to a private network."""


@dataclass(frozen=True)
class Target:
    """Where to send: ``host`` is for the Host header and the certificate, ``addresses`` are what to connect to."""

    scheme: str
    host: str
    port: int
    path: str
    addresses: tuple[str, ...]

    @property
    def default_port(self) -> int:
        return _PORTS[self.scheme]


def locate(url: str, *, allow_private: bool) -> Target:
    """Read an address and look its name up, once. Raises BadAddress.

    Unless ``allow_private``, only https is taken, and every address the name stands for has to be public.
    """
    parts, port = _read(url, schemes=("http", "https") if allow_private else ("https",))
    host = parts.hostname or ""
    addresses = _look_up(host, port=port)
    if not allow_private and not all(is_public(ipaddress.ip_address(one.partition("%")[0])) for one in addresses):
        raise BadAddress(f"{host} leads to an address that is not public, and is refused.")
    path = quote(parts.path or "/", safe=_SAFE) + (f"?{quote(parts.query, safe=_SAFE)}" if parts.query else "")
    return Target(parts.scheme, host, port, path, addresses)


def _read(url: str, *, schemes: tuple[str, ...]) -> tuple[SplitResult, int]:
    if not url:
        raise BadAddress("The client has no webhook address.")
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError as error:
        raise BadAddress(f"The webhook address cannot be read: {error}.") from None
    if parts.scheme not in schemes:
        raise BadAddress(f"A webhook address has to begin with {' or '.join(schemes)}, not {parts.scheme!r}.")
    if not parts.hostname or parts.username is not None:
        raise BadAddress("A webhook address needs a host name, and no user name.")
    return parts, port


def _look_up(host: str, *, port: int) -> tuple[str, ...]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise BadAddress(f"The host {host} cannot be found: {error}.") from None
    return tuple(dict.fromkeys(str(one[4][0]) for one in found))


def is_public(address: _Address) -> bool:
    """Tell whether anybody on the internet could be asked at this address.

    An IPv6 address that carries an IPv4 one is judged by what it carries.
    """
    if isinstance(address, ipaddress.IPv6Address):
        carried = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            carried = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if carried:
            return is_public(carried)
        return address.is_global and address in _GLOBAL_UNICAST
    return address.is_global and not address.is_multicast


def dial(target: Target, *, until: float) -> socket.socket:
    """Connect to the first of the checked addresses that answers, with TLS for https.

    ``until`` is a time of the monotonic clock. Raises OSError (TimeoutError, ssl.SSLError).
    """
    sock = _connect(target, until=until)
    try:
        sock.settimeout(_left(until))
        if target.scheme == "http":
            return sock
        return _trust().wrap_socket(sock, server_hostname=target.host.rstrip("."))
    except BaseException:
        sock.close()
        raise


def _connect(target: Target, *, until: float) -> socket.socket:
    addresses = target.addresses[:_MOST_ADDRESSES]
    failure: OSError = OSError("There is no address to connect to.")
    for number, address in enumerate(addresses):
        share = _left(until) / (len(addresses) - number)
        try:
            return socket.create_connection((address, target.port), timeout=share)
        except OSError as error:
            failure = error
    raise failure


def _left(until: float) -> float:
    seconds = until - time.monotonic()
    if seconds <= 0:
        raise TimeoutError("The time for this webhook is over.")
    return seconds


@functools.cache
def _trust() -> ssl.SSLContext:
    """Trust the machine's authorities, so that a company's own is known, and the public ones where it has none."""
    context = ssl.create_default_context()
    context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
    return context
