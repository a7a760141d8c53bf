"""This will end every period in a decision: go, no-go or extend, by criteria set before, on evidence that is kept.

``criteria`` are set, ``evaluating`` holds a period against them, ``evidence`` freezes what that rests on, ``deciding``
records what a manager decides. ``guard`` watches every day in between, with the bets of ``betting`` over the days of
``seasons``, and stops the machine by itself; ``alerts`` and ``mails`` tell people. That a no-go holds until the next
go is enforced where policies come into force, by moderation/stops.
"""

from moderation.go_no_go.criteria import CriteriaRefused
from moderation.go_no_go.deciding import DecisionRefused
from moderation.go_no_go.evaluating import Evaluation, Judged, evaluate

__all__ = ["CriteriaRefused", "DecisionRefused", "Evaluation", "Judged", "evaluate"]
