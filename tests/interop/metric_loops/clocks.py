"""Spans of time, by the clock and by a calendar."""

import datetime
import math
import zoneinfo


def seconds(earlier, later):
    if earlier is None or later is None or later < earlier:
        return None
    return (later - earlier) / 1e6


def business_seconds(earlier, later, hours, holidays, zone):
    """Seconds of business hours, day by day; `hours` are (weekday, opens, closes) in minutes of the day."""
    if seconds(earlier, later) is None:
        return None
    zone = zoneinfo.ZoneInfo(zone)
    total, day = 0.0, local(earlier, zone).date() - datetime.timedelta(days=1)
    while day <= local(later, zone).date():
        for weekday, opens, closes in hours:
            if weekday == day.isoweekday() and day.isoformat() not in holidays:
                midnight = datetime.datetime.combine(day, datetime.time())
                ends = closes if closes > opens else closes + 1440
                began, ended = (
                    (midnight + datetime.timedelta(minutes=minutes)).replace(tzinfo=zone).timestamp() * 1e6
                    for minutes in (opens, ends)
                )
                total += max(0.0, min(ended, later) - max(began, earlier)) / 1e6
        day += datetime.timedelta(days=1)
    return total


def local(instant, zone):
    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    return (epoch + datetime.timedelta(microseconds=instant)).astimezone(zone)


def percentile(values, share):
    values = sorted(value for value in values if value is not None)
    if not values:
        return None
    position = share * (len(values) - 1)
    below = math.floor(position)
    above = min(below + 1, len(values) - 1)
    return values[below] + (values[above] - values[below]) * (position - below)
