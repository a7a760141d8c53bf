"""This will let people try model versions on pictures of their own, outside of every post, dataset and measurement.

A question is a row: what a version is asked about a picture. The web process writes it, a worker answers it, and the
page looks until it has been. The picture's bytes are checked and decoded like those of a post, people see derivatives
without metadata, and whoever brought a picture deletes it, files and all.
"""

from annotation.playground.answering import answer, are_waiting
from annotation.playground.asking import MOST_IMAGES, MOST_VERSIONS, PlaygroundRefused, ask, bring, delete
from annotation.playground.reading import KINDS, Item, file_of, history, items, one

__all__ = [
    "KINDS",
    "MOST_IMAGES",
    "MOST_VERSIONS",
    "Item",
    "PlaygroundRefused",
    "answer",
    "are_waiting",
    "ask",
    "bring",
    "delete",
    "file_of",
    "history",
    "items",
    "one",
]
