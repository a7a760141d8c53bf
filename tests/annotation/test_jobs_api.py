"""The queue over HTTP: who may, what comes back, and what never does."""

import json
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from annotation import queue
from annotation.models import Exclusion, Job, JobStatus, Lane, Purpose
from annotation.serializers import JobOut, SchemaOut
from config.accounts.models import ApiKey, Client, Role
from tests.annotation.builders import person_of, project_of, question_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return project_of()


def api(person=None, *, client=None):
    """A client of the API with a key of its own."""
    _, token = ApiKey.issue(name="test", user=person, client=client)
    made = APIClient()
    made.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    return made


def moderator(project, name="moderator"):
    return api(person_of(project, name))


def claim(asking, **said):
    return asking.post("/api/v1/jobs/claim/", said, format="json")


def one_job(asking):
    return claim(asking).json()["jobs"][0]


def act(asking, what, job, **said):
    return asking.post(f"/api/v1/jobs/{job['id']}/{what}/", said | {"lease_token": job["lease_token"]}, format="json")


def is_problem(answer, status, code):
    body = answer.json()
    kind = answer["Content-Type"].split(";")[0]
    return (answer.status_code, body["status"], body["code"], kind) == (
        status,
        status,
        code,
        "application/problem+json",
    )


def test_a_job_is_written_with_every_field_that_describes_it(project):
    question_of(project)
    job = one_job(moderator(project))
    assert list(job) == list(JobOut().fields)
    assert list(job["schema"]) == list(SchemaOut().fields)


def test_a_claim_hands_out_what_a_person_needs_and_not_why(project):
    question_of(
        project,
        purpose=Purpose.AUDIT,
        lane=Lane.DRAWN,
        stratum="secret-stratum",
        inclusion_probability=0.125,
        origin={"title": "My cat", "description": "asleep", "external_id": "secret-id", "model_version": 7},
        attributes={"place": "garden"},
    )
    answer = claim(moderator(project))
    assert answer.status_code == 200
    job = answer.json()["jobs"][0]
    assert set(job) == {
        *("id", "lease_token", "lease_until", "image_url", "thumbnail_url", "full_url"),
        *("title", "description", "attributes", "schema", "suggestion", "case"),
    }
    assert (job["title"], job["description"], job["attributes"]) == ("My cat", "asleep", {"place": "garden"})
    assert [one["key"] for one in job["schema"]["classes"]] == ["gruesome", "no_animal"]
    told = json.dumps(job)
    for secret in ("audit", "drawn", "secret", "0.125", "model_version", "score", "purpose", "lane", "reason"):
        assert secret not in told


def test_a_job_without_a_post_has_an_empty_title(project):
    question_of(project, purpose=Purpose.LABEL)
    job = one_job(api(person_of(project, "annotator", Role.ANNOTATOR)))
    assert (job["title"], job["description"]) == ("", "")


def test_nothing_to_do_is_204(project):
    answer = claim(moderator(project))
    assert (answer.status_code, answer.content) == (204, b"")


def test_lanes_desk_and_count_choose_what_is_claimed(project):
    asking = moderator(project)
    for seed in range(3):
        question_of(project, seed, lane=Lane.DRAWN)
    assert claim(asking, lanes=["urgent"]).status_code == 204
    assert claim(asking, desk="label").status_code == 204
    assert len(claim(asking, lanes=["drawn"], count=2).json()["jobs"]) == 2


@pytest.mark.parametrize(
    "said", [{"count": 0}, {"count": 61}, {"count": "x"}, {"lanes": ["secret"]}, {"desk": "x"}, {"lanes": "urgent"}]
)
def test_a_claim_that_makes_no_sense_is_a_problem(project, said):
    assert is_problem(claim(moderator(project), **said), 400, "invalid")


def test_a_lease_is_extended_released_and_claimed_again(project):
    question_of(project)
    asking = moderator(project)
    job = one_job(asking)
    Job.objects.update(lease_until=timezone.now() + timedelta(seconds=5))
    extended = act(asking, "extend", job)
    assert extended.status_code == 200
    assert set(extended.json()) == {"id", "lease_until"}
    assert extended.json()["lease_until"] > (timezone.now() + timedelta(seconds=60)).isoformat()
    assert act(asking, "release", job).status_code == 204
    again = one_job(asking)
    assert again["id"] == job["id"]
    assert again["lease_token"] != job["lease_token"]


def test_a_skip_is_final_for_this_person(project):
    question_of(project)
    asking = moderator(project)
    assert act(asking, "skip", one_job(asking), reason="too dark").status_code == 204
    assert Exclusion.objects.get().reason == "too dark"
    assert claim(asking).status_code == 204
    assert claim(moderator(project, "other")).status_code == 200


@pytest.mark.parametrize("what", ["extend", "release", "skip"])
def test_a_lease_that_is_not_held_is_409_lease_lost(project, what):
    question_of(project)
    asking = moderator(project)
    job = one_job(asking)
    assert is_problem(act(asking, what, {**job, "lease_token": str(uuid.uuid4())}), 409, "lease_lost")
    assert is_problem(act(asking, what, {**job, "id": 10**9}), 409, "lease_lost")
    assert is_problem(act(moderator(project, "thief"), what, job), 409, "lease_lost")
    assert is_problem(act(asking, what, {**job, "lease_token": "x"}), 400, "invalid")
    Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert is_problem(act(asking, what, job), 409, "lease_lost")
    assert Job.objects.get().status == JobStatus.LEASED


def test_too_many_seats_is_409(project, monkeypatch):
    monkeypatch.setattr(queue, "MOST_SEATS", 1)
    for seed in range(2):
        question_of(project, seed)
    asking = moderator(project)
    one_job(asking)
    assert is_problem(claim(asking), 409, "too_many_seats")


@pytest.mark.parametrize("body", ["{", '"text"', "[1]", "null"])
def test_a_body_that_is_no_object_is_a_problem(project, body):
    answer = moderator(project).post("/api/v1/jobs/claim/", body, content_type="application/json")
    assert answer.status_code == 400 or (body == "null" and answer.status_code == 204)
    assert answer.status_code == 204 or answer["Content-Type"].startswith("application/problem+json")


def test_only_people_with_a_desk_may_claim(project):
    assert is_problem(claim(APIClient()), 401, "not_authenticated")
    client = Client.objects.create(project=project, name="platform")
    assert is_problem(claim(api(client=client)), 403, "permission_denied")
    assert is_problem(claim(api(person_of(project, "engineer", Role.ENGINEER))), 403, "permission_denied")


def test_a_foreign_project_is_not_there(project):
    other = project_of("other")
    question_of(other)
    asking = moderator(project)
    assert claim(asking).status_code == 204
    answer = asking.post("/api/v1/jobs/claim/?project=other", {}, format="json")
    assert is_problem(answer, 404, "not_found")


def test_a_job_of_a_foreign_project_cannot_be_touched_with_its_token(project):
    question_of(project_of("other"))
    job = one_job(moderator(project_of("other"), "insider"))
    assert is_problem(act(moderator(project), "release", job), 409, "lease_lost")


def test_many_leases_are_extended_and_released_with_a_word_for_each(project):
    for seed in range(3):
        question_of(project, seed)
    asking = moderator(project)
    jobs = claim(asking, count=3).json()["jobs"]
    many = [{"job": job["id"], "lease_token": job["lease_token"]} for job in jobs]
    many[1]["lease_token"] = str(uuid.uuid4())
    extended = asking.post("/api/v1/jobs/extend/", {"jobs": many}, format="json")
    assert extended.status_code == 200
    assert [one["code"] for one in extended.json()["results"]] == ["extended", "lease_lost", "extended"]
    assert [set(one) for one in extended.json()["results"][:2]] == [{"job", "code", "lease_until"}, {"job", "code"}]
    released = asking.post("/api/v1/jobs/release/", {"jobs": many}, format="json")
    assert [one["code"] for one in released.json()["results"]] == ["released", "lease_lost", "released"]
    assert is_problem(asking.post("/api/v1/jobs/extend/", {"jobs": []}, format="json"), 400, "invalid")


def test_a_job_is_escalated_with_a_reason(project):
    question_of(project)
    asking = moderator(project)
    job = one_job(asking)
    assert is_problem(act(asking, "escalate", job), 400, "invalid")
    assert act(asking, "escalate", job, reason="a public figure").status_code == 204
    assert claim(moderator(project, "other")).status_code == 204
    assert claim(api(person_of(project, "manager", Role.MANAGER))).status_code == 200
