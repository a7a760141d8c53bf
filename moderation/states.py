"""This will say which event may follow which status of a post. Pure.

                     claim            pass
    waiting  ──────────────▶ screening ──▶ passed ──┐ decide
       ▲  ▲─── give_back ────────┤  │               ▼
       │                         │  └─ask─▶ in_review ──decide──▶ decided
     retry                     fail            ▲                     │
       └────────── failed ◀──────┘             └──────── ask, reopen ┘

A machine removal goes from screening straight to decided. A post may be withdrawn at any time.
"""

_ALIVE = ("waiting", "screening", "in_review", "passed", "decided", "failed")

# (status, event) → next status
TRANSITIONS: dict[tuple[str, str], str] = {
    ("waiting", "claim"): "screening",
    ("screening", "give_back"): "waiting",
    ("screening", "pass"): "passed",
    ("screening", "ask"): "in_review",
    ("screening", "decide"): "decided",
    ("screening", "fail"): "failed",
    ("failed", "retry"): "waiting",
    ("passed", "ask"): "in_review",
    ("passed", "decide"): "decided",
    ("in_review", "ask"): "in_review",
    ("in_review", "decide"): "decided",
    ("decided", "ask"): "in_review",
    ("decided", "decide"): "decided",
    ("decided", "reopen"): "in_review",
    ("in_review", "reopen"): "in_review",
    **{(status, "withdraw"): "withdrawn" for status in _ALIVE},
}


class IllegalTransition(Exception):
    """This event cannot happen to a post in this status."""


def after(status: str, event: str) -> str:
    """Return the status that follows. Raises IllegalTransition."""
    try:
        return TRANSITIONS[status, event]
    except KeyError:
        raise IllegalTransition(f"A post that is {status} cannot {event.replace('_', ' ')}.") from None
