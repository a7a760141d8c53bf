"""This will name the addresses of the pages about numbers, under /measure/."""

from django.urls import path

from moderation.views import (
    measure_costs,
    measure_decisions,
    measure_lab,
    measure_overview,
    measure_people,
    measure_queues,
    measure_report,
)

urlpatterns = [
    path("", measure_overview.overview, name="dashboard"),
    path("days/", measure_overview.days, name="dashboard_days"),
    path("trend/", measure_overview.trend, name="dashboard_trend"),
    path("incidents/", measure_overview.incidents, name="incidents"),
    path("report/", measure_report.report_page, name="report"),
    path("report/notes/", measure_report.notes, name="report_notes"),
    path("report/investigations/", measure_report.investigations, name="investigations"),
    path(
        "report/investigations/<int:investigation_id>/steps/",
        measure_report.investigation_steps,
        name="investigation_steps",
    ),
    path("costs/", measure_costs.costs_page, name="costs"),
    path("queues/", measure_queues.show, name="queues"),
    path("queues/plan/", measure_queues.plan, name="queue_plan"),
    path("decisions/", measure_decisions.decisions, name="decisions"),
    path("decisions/guard/", measure_decisions.watched, name="decisions_guard"),
    path("decisions/criteria/", measure_decisions.set_criteria, name="set_criteria"),
    path("decisions/record/", measure_decisions.decide, name="decide"),
    path("decisions/<int:decision_id>/evidence/", measure_decisions.evidence_of, name="decision_evidence"),
    path("decisions/<int:decision_id>/verify/", measure_decisions.verify, name="decision_verify"),
    path("decisions/alerts/<int:alert_id>/acknowledge/", measure_decisions.acknowledge, name="acknowledge_alert"),
    path("people/", measure_people.people, name="people"),
    path("lab/", measure_lab.lab, name="lab"),
    path("lab/curves/", measure_lab.curves, name="lab_curves"),
    path("lab/drafts/", measure_lab.save, name="lab_save"),
    path("lab/drafts/<int:draft_id>/", measure_lab.draft, name="lab_draft"),
    path("lab/drafts/<int:draft_id>/put_in_force/", measure_lab.put_in_force, name="lab_put_in_force"),
]
