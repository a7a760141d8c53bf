"""This will tell managers and admins by e-mail that the guard stopped the machine.

Each person's message is a row, written with the alert; ``sent_at`` says that it left. A message is claimed for some
minutes and sent outside any transaction, so it can leave twice when a worker dies at the wrong moment, and never not at
all. It is written in the reader's language.
"""

import logging
import smtplib
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.db.models import F
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from config.accounts.models import Project, Role, User
from moderation.go_no_go import wording
from moderation.models import Alert, AlertMail

log = logging.getLogger(__name__)

CLAIM_MINUTES = 5
MOST_ATTEMPTS = 200
_BATCH = 50


def readers(project: Project) -> list[User]:
    """Return who answers for a project and can be written to."""
    held = User.objects.filter(
        memberships__project=project, memberships__role__in=[Role.MANAGER, Role.ADMIN], is_active=True
    )
    return list(held.exclude(email="").distinct().order_by("id"))


def write(alert: Alert, *, now: datetime) -> int:
    """Put a message for everybody who answers for the project into the outbox; returns how many."""
    people = readers(alert.project)
    AlertMail.objects.bulk_create(
        [AlertMail(alert=alert, person=one, address=one.email, next_attempt_at=now) for one in people],
        ignore_conflicts=True,
    )
    return len(people)


def send_due(*, now: datetime) -> int:
    """Send what waits; returns how many left. Two at once do not send the same message."""
    waiting = AlertMail.objects.filter(sent_at__isnull=True, next_attempt_at__lte=now, attempts__lt=MOST_ATTEMPTS)
    ids = list(waiting.order_by("next_attempt_at", "id").values_list("pk", flat=True)[:_BATCH])
    return sum(_send(pk, now=now) for pk in ids)


def _send(pk: int, *, now: datetime) -> bool:
    mine = AlertMail.objects.filter(pk=pk, sent_at__isnull=True, next_attempt_at__lte=now)
    later = now + timedelta(minutes=CLAIM_MINUTES)
    if mine.update(next_attempt_at=later, attempts=F("attempts") + 1) != 1:
        return False
    mail = AlertMail.objects.select_related("alert__project", "alert__decision", "person__preferences").get(pk=pk)
    try:
        _write_to(mail)
    except (OSError, smtplib.SMTPException) as error:
        log.warning("%s could not be sent, and will be tried again: %s", mail, error)
        AlertMail.objects.filter(pk=pk).update(last_error=str(error)[:500])
        return False
    return AlertMail.objects.filter(pk=pk).update(sent_at=now, last_error="") == 1


def _write_to(mail: AlertMail) -> None:
    preferences = getattr(mail.person, "preferences", None)
    language = (preferences.language if preferences else "") or settings.LANGUAGE_CODE
    with translation.override(language):
        link = f"{settings.SITE_URL}{reverse('decisions')}?project={mail.alert.project.slug}"
        said = {"alert": mail.alert, "what": wording.of_alert(mail.alert), "link": link}
        subject = render_to_string("moderation/go_no_go/alert_subject.txt", said).strip()
        send_mail(subject, render_to_string("moderation/go_no_go/alert.txt", said), None, [mail.address])
