"""This will name the sets of choices in the description of the API, as the code names them.

Without it each would be named after the field that it is first seen in, and where several fields share a name, by a
digest that changes with the choices.
"""

_ROOMS = {
    "annotation.models": ["Desk", "Lane", "RescoringEventKind", "RescoringStatus"],
    "models_registry.models": [
        *("DeploymentRole", "GateOutcome", "RunEventKind", "RunStatus", "SchemaKind", "StepStatus", "StudyStatus"),
    ],
    "moderation.models": [
        *("BulkKind", "ComplaintOutcome", "DecisionKind", "EventKind", "FlipKind", "Outcome", "PeriodOutcome"),
        *("PostStatus", "Publication", "RolloutEventKind", "RolloutKind", "RolloutStatus", "RolloutUnit"),
    ],
}
ENUMS = {name: f"{room}.{name}" for room, names in _ROOMS.items() for name in names}
