"""This will choose what a study tries next, when to give a trial up, and tell what mattered (Optuna).

Optuna's own storage is not used: its study is made anew from our rows whenever it is asked, so nothing is written
twice, and whoever asks after a crash is told the same.
"""

import logging
from collections.abc import Sequence
from typing import Any

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances
from optuna.trial import FrozenTrial, TrialState, create_trial

from models_registry.config_files import ConfigFile, Range
from models_registry.studies.results import Result, State

optuna.logging.set_verbosity(optuna.logging.ERROR)
log = logging.getLogger(__name__)

# As many trials are drawn at random before the search begins to learn, and before any is given up.
RANDOM_TRIALS = 5
FEWEST_TO_COMPARE = 4
# Below this many fitted trials nothing can be said about what mattered.
FEWEST_TO_TELL = 6
# The start of a fit says little.
FIRST_STAGE = 3

_STATES = {State.FITTED: TrialState.COMPLETE, State.PRUNED: TrialState.PRUNED}


def next_values(seed: int, file: ConfigFile, over: Sequence[Result]) -> dict[str, Any]:
    """Return the values to try next, by the dotted names of the ranges.

    The same for the same seed and the same results. Source: the tree-structured Parzen estimator (Bergstra 2011).
    """
    # The sampler is made anew for each trial, so its seed has to move on or it would draw the same again.
    sampler = optuna.samplers.TPESampler(
        seed=(seed * 1_009 + len(over)) % 2**32, n_startup_trials=RANDOM_TRIALS, multivariate=True
    )
    study = _study(file, over, sampler=sampler)
    asked = study.ask({one.path: _distribution(one) for one in file.ranges})
    return {one.path: _plain(one, asked.params[one.path]) for one in file.ranges}


def is_hopeless(file: ConfigFile, over: Sequence[Result], *, under_way: Result) -> bool:
    """Say whether a trial is below the median of the others at the same share of their fits."""
    pruner = optuna.pruners.MedianPruner(n_startup_trials=FEWEST_TO_COMPARE, n_warmup_steps=FIRST_STAGE)
    study = _study(file, over)
    return bool(pruner.prune(study, _trial(file, under_way, state=TrialState.RUNNING)))


def importances(file: ConfigFile, over: Sequence[Result]) -> dict[str, float]:
    """Return the share of the differences that each range explains, largest first; empty where nobody can tell yet.

    Source: PED-ANOVA (Watanabe 2023): what sets the better half of the trials apart.
    """
    if sum(one.state == State.FITTED for one in over) < FEWEST_TO_TELL:
        return {}
    # The best tenth, its default, would be a single trial of a study of this size.
    evaluator = PedAnovaImportanceEvaluator(target_quantile=0.5)
    try:
        return dict(get_param_importances(_study(file, over), evaluator=evaluator))
    except (ValueError, RuntimeError) as error:
        log.info("What mattered cannot be told yet: %s", error)
        return {}


def _study(
    file: ConfigFile, over: Sequence[Result], *, sampler: optuna.samplers.BaseSampler | None = None
) -> optuna.Study:
    study = optuna.create_study(direction="maximize", sampler=sampler)
    study.add_trials([_trial(file, one, state=_STATES.get(one.state, TrialState.FAIL)) for one in over if one.is_over])
    return study


def _trial(file: ConfigFile, result: Result, *, state: TrialState) -> FrozenTrial:
    values = {one.path: result.trial.values[one.path] for one in file.ranges}
    return create_trial(
        state=state,
        value=result.value if state == TrialState.COMPLETE else None,
        params=values,
        distributions={one.path: _distribution(one) for one in file.ranges},
        intermediate_values=result.stages,
    )


def _distribution(one: Range) -> BaseDistribution:
    if one.choices:
        return CategoricalDistribution(one.choices)
    if one.is_whole:
        return IntDistribution(int(one.low), int(one.high), log=one.is_log, step=int(one.step or 1))
    return FloatDistribution(one.low, one.high, log=one.is_log, step=one.step)


def _plain(one: Range, value: Any) -> Any:
    """Keep six digits of what was drawn: the value that is trained is then the one that is written down."""
    if one.choices or not isinstance(value, float):
        return value
    return min(max(float(f"{value:.6g}"), one.low), one.high)
