"""The metrics of docs/metrics.md once more, by loops over rows: what docs/sql is held against.

Takes and gives rows as dicts; times are microseconds since 1970. Nothing of docs/sql is used but the words of `meaning`.
"""

from .clocks import business_seconds
from .conversations import KEY, conversations
from .days import days
from .meaning import Meaning
