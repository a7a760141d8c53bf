"""This will know which parts of a project's traffic there are: a misspelled class should not read as a quiet one."""

from config.accounts.models import Project
from models_registry.models import LabelSchema, ModelVersion
from moderation.measurement.periods import WHOLE, Part, PartKind
from moderation.models import DayLooks, PolicyVersion


class UnknownPart(LookupError):
    """This project has no such class, model version, policy version or slice, and never had."""

    def __init__(self, part: Part) -> None:
        super().__init__(f"There is no {part.kind} {part.value!r} here.")


def require(project: Project, part: Part) -> None:
    """Raise UnknownPart unless the part was measured at some time, or could have been."""
    if part != WHOLE and not _was_measured(project, part) and not _is_there(project, part):
        raise UnknownPart(part)


def _was_measured(project: Project, part: Part) -> bool:
    return DayLooks.objects.filter(project=project, part=part.kind, value=part.value).exists()


def _is_there(project: Project, part: Part) -> bool:
    """Whether a part that was never measured exists; a slice does only by its posts."""
    match part.kind:
        case PartKind.CLASS:
            return LabelSchema.objects.filter(project=project, classes__contains=[{"key": part.value}]).exists()
        case PartKind.MODEL:
            return ModelVersion.objects.filter(detector__project=project, pk=part.value).exists()
        case PartKind.POLICY:
            return PolicyVersion.objects.filter(project=project, number=part.value).exists()
    return False
