"""Times of the cases: clocks of one day in UTC."""

import datetime

UTC = datetime.timezone.utc
DAY = datetime.datetime(2025, 3, 10, tzinfo=UTC)  # a Monday
AS_OF = "2025-03-20 00:00:00+00"
ABANDONED_AFTER = 86_400
ZONE = "Europe/Berlin"  # one hour ahead of UTC until 30 March 2025 at 01:00 UTC, then two


def at(clock, day=0):
    """Unix seconds of a clock on the day, or some days later; `None` stays that."""
    if clock is None:
        return None
    hours, minutes, seconds = (float(part) for part in clock.split(":"))
    moment = DAY + datetime.timedelta(days=day, hours=hours, minutes=minutes, seconds=seconds)
    stamp = moment.timestamp()
    return int(stamp) if stamp == int(stamp) else stamp
