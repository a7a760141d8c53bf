"""This will check a candidate against the champion: as a whole, and class by class. Pure."""

from models_registry.gate.checks import Check, Report, Sentence, at_least, not_below, positives_of
from models_registry.gate.floors import floor
from models_registry.gate.rules import GateRules
from models_registry.operating_points import number, recall_at_share


def precision_against(whole: Report, best: Report, *, rules: GateRules) -> Check:
    return not_below(
        "average_precision",
        number(whole.get("average_precision")),
        number(best.get("average_precision")),
        tolerance=rules.average_precision_tolerance,
        said=Sentence(
            "Average precision is %(value)s against the champion's %(champion)s; it may be %(tolerance)s lower."
        ),
    )


def recall_against(whole: Report, best: Report, *, rules: GateRules) -> Check:
    share = rules.comparison_share
    return not_below(
        "recall",
        recall_at_share(whole.get("curve") or [], share),
        recall_at_share(best.get("curve") or [], share),
        tolerance=rules.recall_tolerance,
        said=Sentence(
            "Machine recall when flagging %(share)s of the traffic is %(value)s against the champion's %(champion)s; "
            "it may be %(tolerance)s lower.",
            {"share": f"{share:.0%}"},
        ),
    )


def classes(candidate: Report, champion: Report | None, *, rules: GateRules) -> list[Check]:
    known: Report = (champion or {}).get("classes") or {}
    own: Report = candidate.get("classes") or {}
    counted = {key: one for key, one in own.items() if positives_of(one) >= rules.minimum_class_positives}
    return [_class(key, one, known.get(key), rules=rules) for key, one in sorted(counted.items())]


def _class(key: str, one: Report, best: Report | None, *, rules: GateRules) -> Check:
    value, champion = number(one.get("average_precision")), number((best or {}).get("average_precision"))
    if champion is not None:
        said = Sentence(
            "Average precision of %(key)s is %(value)s against the champion's %(champion)s; "
            "it may be %(tolerance)s lower.",
            {"key": key},
        )
        tolerance = rules.class_average_precision_tolerance
        return not_below(f"class:{key}", value, champion, tolerance=tolerance, said=said)
    limit = floor(one, least=rules.class_average_precision_floor, rules=rules)
    said = Sentence(
        "Average precision of %(key)s is %(value)s; no champion knows it, so %(limit)s is asked for.", {"key": key}
    )
    return at_least(f"class:{key}", value, limit, said)
