"""Tests of moderation/webhook_sending: signature, what an endpoint may do to us, and that none holds up others."""

import base64
import contextlib
import hashlib
import hmac
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from moderation import webhook_addresses, webhook_sending
from moderation.webhook_sending import Answer, BadSecret, Parcel
from tests.moderation.receiver import Message, Receiver

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def parcel(url: str, *, client: int = 1, key: int = 1, secret: str = SECRET) -> Parcel:
    return Parcel(key, client, url, secret, f"message-{key}", {"type": "post.decided", "data": {"title": "Ä"}})


def post(url: str, **how: Any) -> Answer:
    return webhook_sending.post(parcel(url, **how), allow_private=True, now=NOW)


def signature_is_right(message: Message, *, secret: str) -> bool:
    """Verify as a receiver would, from the text of the specification."""
    signed = b".".join([message.headers["webhook-id"].encode(), message.headers["webhook-timestamp"].encode()])
    digest = hmac.digest(base64.b64decode(secret.split("_")[1]), signed + b"." + message.body, hashlib.sha256)
    return message.headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"


def test_the_signature_is_that_of_the_published_example() -> None:
    signature = webhook_sending.sign(
        b'{"test": 2432232314}',
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1614265330,
        secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    )
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_receiver_can_verify_what_it_gets(receiver: Receiver) -> None:
    assert post(receiver.url) == Answer(204)
    (message,) = receiver.messages
    assert signature_is_right(message, secret=SECRET)
    assert message.path == "/hook?of=posts"
    assert message.headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert message.headers["content-type"] == "application/json"
    assert message.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert b" " not in message.body


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_***", "ä"])
def test_nothing_is_sent_unsigned(receiver: Receiver, secret: str) -> None:
    with pytest.raises(BadSecret):
        webhook_sending.sign(b"", message_id="1", timestamp=1, secret=secret)
    answer = post(receiver.url, secret=secret)
    assert answer.status is None
    assert "secret" in answer.error
    assert receiver.messages == []


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.answers = [(307, {"Location": "/elsewhere"}, b"")]
    assert post(receiver.url) == Answer(307, "Redirects are not followed: 307 to /elsewhere")
    assert len(receiver.messages) == 1


def test_no_more_than_a_little_of_an_answer_is_kept_and_only_what_can_be_printed(receiver: Receiver) -> None:
    receiver.answers = [(500, {}, b"\x00\xff no\n" + b"x" * 100_000)]
    answer = post(receiver.url)
    assert answer.status == 500
    assert len(answer.error) < 600
    assert answer.error.isprintable()


@pytest.mark.parametrize(
    ("status", "asked", "seconds"),
    [
        (429, "120", 120.0),
        (503, "Sun, 01 Mar 2026 12:01:00 GMT", 60.0),
        (503, "Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
        (429, "soon", None),
        (429, "9" * 5000, None),
        (500, "120", None),
    ],
)
def test_an_endpoint_may_ask_for_time(receiver: Receiver, status: int, asked: str, seconds: float | None) -> None:
    receiver.answers = [(status, {"Retry-After": asked}, b"")]
    assert post(receiver.url).retry_after_seconds == seconds


def test_nobody_at_the_address_is_a_failure_with_a_sentence() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        answer = post(f"http://127.0.0.1:{unused.getsockname()[1]}/")
    assert answer.status is None
    assert "ConnectionRefusedError" in answer.error


@contextlib.contextmanager
def endpoint_that_says(*words: bytes) -> Iterator[str]:
    """Sends the words a little apart, whatever it is asked, and then nothing, and keeps the line open."""
    over = threading.Event()

    def serve() -> None:
        line, _ = listening.accept()
        with line, contextlib.suppress(OSError):
            for word in words:
                line.sendall(word)
                over.wait(0.05)
            over.wait(20)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        over.set()
        thread.join()


def test_an_endpoint_that_drips_its_answer_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_sending, "TIMEOUT_SECONDS", 0.5)
    drops = [b"HTTP/1.1 "] + [b"2"] * 400
    with endpoint_that_says(*drops) as url:
        answer = post(url)
    assert answer.status is None
    assert "No answer within" in answer.error


def test_what_is_not_http_is_a_failure() -> None:
    with endpoint_that_says(b"220 mail.test ESMTP\r\n") as url:
        assert "BadStatusLine" in post(url).error


def test_a_private_address_is_never_connected_to(receiver: Receiver) -> None:
    answer = webhook_sending.post(parcel(f"https://127.0.0.1:{receiver.port}/"), allow_private=False, now=NOW)
    assert answer.status is None
    assert "not public" in answer.error
    assert receiver.messages == []


def test_a_name_is_looked_up_once_and_the_checked_address_is_used(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = name_server(monkeypatch, "hook.test")
    assert post(f"http://hook.test:{receiver.port}/") == Answer(204)
    assert asked == ["hook.test"]
    assert receiver.messages[0].headers["host"] == f"hook.test:{receiver.port}"


def name_server(monkeypatch: pytest.MonkeyPatch, *names: str) -> list[str]:
    """Have the names stand for 127.0.0.1 at the first question, and for nothing later; returns what was asked."""
    asked: list[str] = []
    really = socket.getaddrinfo

    def look_up(host: str, port: int, *args: Any, **how: Any) -> Any:
        if host not in names:
            return really(host, port, *args, **how)
        asked.append(host)
        if asked.count(host) > 1:
            raise AssertionError(f"{host} was looked up twice: it could have moved")
        return really("127.0.0.1", port, *args, **how)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked


def test_the_certificate_is_checked_against_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tls = certified("hook.test", folder=tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    webhook_addresses._trust.cache_clear()
    name_server(monkeypatch, "hook.test", "other.test")
    with Receiver(tls=tls) as receiver:
        assert post(f"https://hook.test:{receiver.port}/") == Answer(204)
        assert "SSLCertVerificationError" in post(f"https://other.test:{receiver.port}/").error
        assert "SSLCertVerificationError" in post(f"https://127.0.0.1:{receiver.port}/").error
    webhook_addresses._trust.cache_clear()
    assert len(receiver.messages) == 1


def certified(name: str, *, folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(pem))
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(secret)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return context


def carry(parcels: list[Parcel]) -> dict[int, Answer | None]:
    answers = webhook_sending.carry(parcels, allow_private=True, now=NOW)
    return {one.key: answer for one, answer in answers}


def test_a_dead_client_is_asked_once_and_others_are_served(receiver: Receiver) -> None:
    dead = [parcel("http://127.0.0.1:1/", client=1, key=key) for key in range(20)]
    alive = [parcel(receiver.url, client=2, key=key) for key in range(20, 40)]
    answers = carry(dead + alive)
    assert len(answers) == 40
    assert [answers[key] for key in range(20, 40)] == [Answer(204)] * 20
    assert "Refused" in answers[0].error
    assert all(answers[key].error.startswith("Not tried") for key in range(1, 20))
    assert [message.headers["webhook-id"] for message in receiver.messages] == [f"message-{n}" for n in range(20, 40)]


def test_a_client_that_answers_with_errors_gets_every_message(receiver: Receiver) -> None:
    receiver.answers = [(500, {}, b""), (500, {}, b"")]
    answers = carry([parcel(receiver.url, key=key) for key in range(3)])
    assert [answers[key].status for key in range(3)] == [500, 500, 204]


def test_what_was_not_begun_in_time_is_handed_back(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_sending, "START_SECONDS", -1.0)
    assert carry([parcel(receiver.url, key=key) for key in range(3)]) == {0: None, 1: None, 2: None}
    assert receiver.messages == []


def test_an_error_nobody_thought_of_stays_with_its_client(receiver: Receiver) -> None:
    unsendable = Parcel(1, 1, receiver.url, SECRET, "message-1", {"data": {1, 2}})
    answers = carry([unsendable, parcel(receiver.url, client=2, key=2)])
    assert answers == {1: Answer(None, "Unexpected TypeError; see the log."), 2: Answer(204)}
