"""The metrics of docs/metrics.md once more, by loops over rows: what docs/sql is held against.

Takes and gives rows as dicts; times are microseconds since 1970. Of docs/sql only the words of `meaning` are used.
"""

from .clocks import business_seconds
from .conversations import KEY, conversations
from .days import days
from .meaning import Meaning
