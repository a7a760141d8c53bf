"""This will be Celery's way in: ids or nothing, one room call each, safe to run twice."""

from contextlib import closing

from celery import shared_task
from django.utils import timezone

from annotation import playground
from config.accounts.everywhere import in_every_project
from config.accounts.models import Project
from models_registry.nudge import nudge
from moderation import (
    audit_plans,
    complaints,
    flips,
    history,
    indexing,
    label_questions,
    policies,
    screening,
    second_looks,
    settlements,
    view_draws,
    webhooks,
)
from moderation.go_no_go import guard as watching
from moderation.go_no_go import mails
from moderation.lab import gathering as scored_days
from moderation.measurement import daily
from moderation.people import working_days
from moderation.queues import samples as queue_samples
from moderation.rollouts import guardrails, shadows, validating
from moderation.watch import rounds

MOST_BATCHES = 200


@shared_task
def screen() -> int:
    """Screen until nothing waits, or long enough for other work to get its turn; returns how many posts.

    Somebody waits before the playground's page, so what is asked there is answered between batches.
    """
    posts = 0
    playground.answer(now=timezone.now())
    with closing(screening.screen_batches(now=timezone.now, most=MOST_BATCHES)) as batches:
        for screened in batches:
            posts += screened
            playground.answer(now=timezone.now())
    return posts


@shared_task(expires=60)
def rescore() -> None:
    """Re-score for this worker's share of the time, and go on after its rest; the beat begins it anew otherwise."""
    rest = history.rescore(now=timezone.now)
    if rest is not None:
        rescore.apply_async(countdown=rest)


@shared_task
def compare_history() -> int:
    """Say what flips as far as re-scorings have come; returns how many images were compared."""
    return flips.compare_all(now=timezone.now())


@shared_task
def send_flips() -> int:
    """Carry out what people ordered to be sent to review; returns how many posts were come past."""
    return flips.send_all(now=timezone.now())


@shared_task
def settle() -> int:
    return settlements.sweep(now=timezone.now())


@shared_task
def take_up_complaints() -> int:
    return complaints.sweep(now=timezone.now())


@shared_task
def deliver() -> int:
    return webhooks.deliver_due(now=timezone.now())


@shared_task
def plan_audits() -> None:
    """Plan today's audits in every project with a policy in force."""

    def plan(project: Project) -> None:
        audit_plans.replan_in_force(policies.in_force(project), now=timezone.now())

    in_every_project(plan, what="Planning audits", among=policies.projects())


@shared_task
def draw_by_views() -> int:
    """Make the second draw in every project with a policy in force; returns how many posts were drawn."""

    def draw(project: Project) -> int:
        return view_draws.draw(project, now=timezone.now())

    return sum(in_every_project(draw, what="The draw by views", among=policies.projects()))


@shared_task
def count_people() -> int:
    """Count what people answered in every project; returns how many days were counted."""
    return sum(in_every_project(lambda one: working_days.refresh_all(one, now=timezone.now()), what="Counting answers"))


@shared_task
def look_again() -> int:
    """Toss for second looks at answers in every project; returns for how many answers."""
    return sum(in_every_project(lambda one: second_looks.draw(one, now=timezone.now()), what="Second looks"))


@shared_task
def index() -> int:
    """Let search know some of the posts from before there was search; nothing once all are known."""
    return indexing.catch_up()


@shared_task
def measure() -> None:
    in_every_project(lambda one: daily.refresh_stale(one, now=timezone.now()), what="Counting days")


@shared_task
def look_back() -> int:
    """Write down, for the threshold lab, the days that changed; returns how many."""
    days = in_every_project(lambda one: scored_days.refresh_stale(one, now=timezone.now()), what="Counting scores")
    return sum(map(len, days))


@shared_task
def guard() -> int:
    """Stop the machine where the guard says so; returns in how many projects."""
    raised = watching.check_all(Project.objects.order_by("id"), now=timezone.now())
    for _ in raised:
        nudge(mail_alerts)
    return len(raised)


@shared_task
def watch_rollouts() -> int:
    """Count what the arms of rollouts came to, and stop what a guardrail says; returns how many were stopped."""
    stopped = in_every_project(lambda one: guardrails.check_all(one, now=timezone.now()), what="Watching rollouts")
    return sum(map(len, stopped))


@shared_task
def ask_about_disagreements() -> int:
    """Open this hour's label questions about what the versions of a shadow disagree on."""
    opened = in_every_project(lambda one: shadows.open_for_hour(one, now=timezone.now()), what="Asking about shadows")
    return sum(map(len, opened))


@shared_task
def validate_models() -> int:
    """Judge the versions that decided yesterday on the truths of since; returns how many were judged."""
    judged = in_every_project(
        lambda one: validating.validate(one, now=timezone.now()), what="Validating", among=policies.projects()
    )
    return sum(map(len, judged))


@shared_task
def watch() -> int:
    """Count what came in and what versions said of it, and raise alerts; returns how many days were counted."""
    days = in_every_project(lambda one: rounds.by_hour(one, now=timezone.now()), what="Watching")
    return sum(map(len, days))


@shared_task
def watch_again() -> int:
    """Score samples of what was served again as training would; returns how many days, of all versions."""
    days = in_every_project(lambda one: rounds.by_night(one, now=timezone.now()), what="Scoring samples again")
    return sum(map(len, days))


@shared_task
def mail_alerts() -> int:
    return mails.send_due(now=timezone.now())


@shared_task
def sample_queues() -> int:
    """Write down what waits; returns for how many projects. Sooner than needed, so that a late minute loses none."""
    return queue_samples.write_all(Project.objects.order_by("id"), now=timezone.now())


@shared_task
def sample() -> int:
    """Open this hour's label questions in every project where a version is deployed."""
    opened = in_every_project(lambda one: label_questions.open_for_hour(one, now=timezone.now()), what="Sampling")
    return sum(map(len, opened))
