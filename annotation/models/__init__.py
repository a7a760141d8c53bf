"""What is in the image, by machine and by people: images, predictions, questions, jobs, labels, truths."""

from annotation.models.examples import Example
from annotation.models.gold import GoldItem, GoldSource
from annotation.models.images import Image, Prediction
from annotation.models.labels import DatasetMember, Label, Retraction, Truth, TruthSource
from annotation.models.playground import PlaygroundImage, PlaygroundScore
from annotation.models.questions import Desk, Exclusion, Job, JobStatus, Lane, Purpose, Question, QuestionStatus
from annotation.models.rescoring import Rescoring, RescoringEvent, RescoringEventKind, RescoringStatus, UnscoredImage

__all__ = [
    "DatasetMember",
    "Desk",
    "Example",
    "Exclusion",
    "GoldItem",
    "GoldSource",
    "Image",
    "Job",
    "JobStatus",
    "Label",
    "Lane",
    "PlaygroundImage",
    "PlaygroundScore",
    "Prediction",
    "Purpose",
    "Question",
    "QuestionStatus",
    "Rescoring",
    "RescoringEvent",
    "RescoringEventKind",
    "RescoringStatus",
    "Retraction",
    "Truth",
    "TruthSource",
    "UnscoredImage",
]
