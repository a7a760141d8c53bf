"""This will say in a sentence what each scheduled task does, and in words when."""

from datetime import time

from django.utils.formats import time_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_celery_beat.models import PeriodicTask

SENTENCES: dict[str, Promise] = {
    "sweep waiting posts": gettext_lazy("Screens posts that wait and that no message told a worker of."),
    "answer settled truths": gettext_lazy("Acts on questions that people have settled."),
    "take up complaints": gettext_lazy("Opens questions about posts that viewers complained of."),
    "deliver webhooks": gettext_lazy("Sends clients what is due to them, and again what failed."),
    "index older posts": gettext_lazy("Lets search know posts of before there was search."),
    "plan audits": gettext_lazy("Plans the day’s audits: how likely each passed post is to be looked at."),
    "draw by views": gettext_lazy("Draws posts to be looked at by how often they were seen."),
    "count what people answered": gettext_lazy("Adds up what each person answered on each day."),
    "look at answers again": gettext_lazy("Draws answers for a second, blind look."),
    "measure today": gettext_lazy("Counts the days that changed, and measures them."),
    "look back for the lab": gettext_lazy("Keeps a sample of each day’s scores for the threshold lab."),
    "guard the machine": gettext_lazy("Stops the machine where it removes too much that is fine."),
    "watch rollouts": gettext_lazy("Counts what rollouts came to, and stops those beyond a guardrail."),
    "ask about disagreements": gettext_lazy("Asks people about images on which the versions of a shadow disagree."),
    "validate models": gettext_lazy("Judges the versions that decided yesterday by the truths of since."),
    "watch what comes in": gettext_lazy(
        "Counts what came in and what versions said of it, and alerts people to changes."
    ),
    "score samples again": gettext_lazy("Scores a sample of yesterday’s images on the path of training, and compares."),
    "mail alerts": gettext_lazy("Mails alerts that wait to be sent."),
    "sample queues": gettext_lazy("Writes down how much waits at each desk."),
    "re-score history": gettext_lazy("Lets a version score past images, in the time that no post needs."),
    "say what flips": gettext_lazy("Says which past posts another version would flag or clear."),
    "send flips to review": gettext_lazy("Carries out what people ordered to be sent to review."),
    "answer the playground": gettext_lazy("Scores pictures that somebody tries in the playground."),
    "release expired leases": gettext_lazy("Lets jobs wait again whose person went away."),
    "open label questions": gettext_lazy("Asks annotators about the images that teach most."),
    "confirm the hold-out": gettext_lazy("Has a second person confirm answers that models are measured by."),
    "tend gold items": gettext_lazy("Keeps questions with known answers ready, where a project uses them."),
    "train when there is enough": gettext_lazy("Requests a run for each detector with enough new truths."),
    "recover runs": gettext_lazy("Gives runs whose worker died to another one."),
}


def what(row: PeriodicTask) -> str:
    """Say what a task does; of one that somebody added, what they wrote there."""
    return str(SENTENCES.get(row.name, "")) or row.description or row.task


def when(row: PeriodicTask) -> str:
    """Say when a task is done."""
    if row.interval:
        return _every(row.interval.every, row.interval.period)
    cron = row.crontab
    if cron is None:
        return str(row.schedule)
    if {cron.day_of_month, cron.month_of_year, cron.day_of_week} == {"*"} and cron.minute.isdigit():
        if cron.hour == "*":
            return _("each hour, at minute %(minute)s") % {"minute": cron.minute}
        if cron.hour.isdigit():
            moment = time_format(time(int(cron.hour), int(cron.minute)), "H:i")
            return _("each day at %(time)s %(zone)s") % {"time": moment, "zone": cron.timezone}
    return f"cron {cron.minute} {cron.hour} {cron.day_of_month} {cron.month_of_year} {cron.day_of_week}"


def _every(count: int, period: str) -> str:
    if period == "seconds" and count % 60 == 0:
        count, period = count // 60, "minutes"
    if period == "minutes" and count % 60 == 0:
        count, period = count // 60, "hours"
    said = {
        "seconds": ngettext("every second", "every %(n)s seconds", count),
        "minutes": ngettext("every minute", "every %(n)s minutes", count),
        "hours": ngettext("every hour", "every %(n)s hours", count),
        "days": ngettext("every day", "every %(n)s days", count),
    }
    return said.get(period, f"%(n)s {period}") % {"n": count}
