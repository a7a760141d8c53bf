"""Who predicts, and may it be trusted: schemas, datasets, runs, model versions, deployments."""

from models_registry.models.datasets import DatasetVersion, Detector, LabelSchema, SchemaKind
from models_registry.models.rows import ForPeople, OfDetector, append_only
from models_registry.models.runs import (
    DataWaiver,
    Run,
    RunEpoch,
    RunEvent,
    RunEventKind,
    RunStatus,
    RunStep,
    StepStatus,
    config_hash,
)
from models_registry.models.studies import Pruning, Study, StudyStatus, Trial
from models_registry.models.versions import (
    Deployment,
    DeploymentRole,
    Evaluation,
    GateOutcome,
    ModelVersion,
    Scorecard,
    Waiver,
)

__all__ = [
    "DataWaiver",
    "DatasetVersion",
    "Deployment",
    "DeploymentRole",
    "Detector",
    "Evaluation",
    "ForPeople",
    "GateOutcome",
    "LabelSchema",
    "ModelVersion",
    "OfDetector",
    "Pruning",
    "Run",
    "RunEpoch",
    "RunEvent",
    "RunEventKind",
    "RunStatus",
    "RunStep",
    "SchemaKind",
    "Scorecard",
    "StepStatus",
    "Study",
    "StudyStatus",
    "Trial",
    "Waiver",
    "append_only",
    "config_hash",
]
