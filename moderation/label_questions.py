"""This will have annotators asked about the images nearest to where the policy in force changes its mind."""

from datetime import datetime

from annotation import sampling
from annotation.models import Question
from config.accounts.models import Project
from models_registry import deployment
from models_registry.registry import current_schema
from moderation import policies


def open_for_hour(project: Project, *, now: datetime) -> list[Question]:
    """Open this hour's label questions within the day's budget; none where no version is deployed."""
    version = deployment.champion_of(project)
    if version is None:
        return []
    bands = policies.bands(policies.in_force(project), version)
    return sampling.open_for_hour(version, bands=bands, schema=current_schema(project), now=now)
