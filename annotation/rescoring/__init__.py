"""This will run another model version over the images of the past, and keep what it says.

A re-scoring is a row. Workers take it up for one chunk of images at a time, in the order of image ids, and write the
chunk's predictions, its counts and the new place together: whatever kills a worker, the next one goes on from there and
scores nothing twice. ``pace`` bounds the share of a worker's time; who calls says when something else goes first.
"""

from annotation.rescoring.changing import RescoringRefused, cancel, pause, request, resume
from annotation.rescoring.pace import Pace
from annotation.rescoring.progress import Progress, progress, seconds_an_image
from annotation.rescoring.scope import Scope, images_of
from annotation.rescoring.working import CHUNK_IMAGES, MOST_SILENCES, SILENCE_SECONDS, pace, score_chunk, work

__all__ = [
    "CHUNK_IMAGES",
    "MOST_SILENCES",
    "SILENCE_SECONDS",
    "Pace",
    "Progress",
    "RescoringRefused",
    "Scope",
    "cancel",
    "images_of",
    "pace",
    "pause",
    "progress",
    "request",
    "resume",
    "score_chunk",
    "seconds_an_image",
    "work",
]
