"""Conversations written by hand, and their metrics reckoned on paper.

A case has a record of a page and, for each metric that it is about, the value and why it is that. Messages have clocks
of `DAY` in UTC; `AS_OF` is ten days later. A time is expected as text in UTC. Reports are named by tracker and number
where a case plays one.
"""

from . import flat, outcomes, replies, words_and_clocks
from .calendars import BUSINESS_SECONDS, ODD_HOURS
from .days import DAYS
from .flat import DERIVED_TURNS
from .times import ABANDONED_AFTER, AS_OF, ZONE

CONVOCORE = {**replies.CASES, **outcomes.CASES, **words_and_clocks.CASES}
AGENTX = flat.CASES

# Messages of one instant go by their ids, byte by byte; those without a time come last.
ORDERS = {
    "flat": ["m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8"],
    "flat-equal-timestamps": ["m1", "m10", "m2", "m3"],
    "flat-no-time": ["m2", "m3", "m1"],
    "clock-going-back": ["0.0", "1.0", "2.0", "3.0"],
    "some-timestamps": ["0.0", "0.1", "0.2", "1.0", "1.1"],
}

# What the list tells beside: id -> feedback.
FEEDBACK = {
    "several-tags-and-a-rating": {"rating": "4", "comment": "👍 fast"},
    "equal-timestamps": {},
    "emoji-words": {"rating": "five", "comment": ""},
}


def pages():
    """Stream -> records, as the four endpoints serve them."""
    export = [{"metadata": {"ID": name, **meta}, "turns": turns} for name, (meta, turns, _) in CONVOCORE.items()]
    return {
        "convocore/export": export,
        "convocore/list": [{"ID": name, "feedback": feedback} for name, feedback in FEEDBACK.items()],
        "agentx/conversations": [
            {"_id": name, **fields} for name, (fields, _, _) in AGENTX.items() if fields is not None
        ],
        "agentx/messages": [one for _, messages, _ in AGENTX.values() for one in messages],
    }
