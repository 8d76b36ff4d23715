"""The daily table."""

import collections
import zoneinfo

from .clocks import local, percentile
from .meaning import SIDES


def days(found, meaning, zone):
    """The daily table: (day, source, agent, channel, locale) -> values."""
    zone = zoneinfo.ZoneInfo(zone)

    def day_of(instant):
        if instant is None:
            return None
        return local(instant, zone).date().isoformat()

    daily = collections.defaultdict(lambda: collections.defaultdict(list))
    for stats, responses, messages in found.values():

        def on(instant):
            return daily[(day_of(instant), stats["source"], stats["agent_id"], stats["channel"], stats["locale"])]

        opening = on(stats["opened_at"])
        opening["opened"].append(stats)
        if stats["ended"]:
            on(stats["ended_at"])["ended"].append(1)
        for day in {day_of(message["sent_at"]) for message in messages if meaning.is_said(message)}:
            daily[(day, stats["source"], stats["agent_id"], stats["channel"], stats["locale"])]["active"].append(1)
        for message in messages:
            on(message["sent_at"])["messages"].append(message["role"])
        for response in responses:
            on(response["replied_at"])["replies"].append(response["response_seconds"])

    def share(part, whole):
        return part / whole if whole else None

    result = {}
    for key, parts in daily.items():
        opened = parts["opened"]
        ended = [stats for stats in opened if stats["contained"] is not None]
        declared = [stats for stats in opened if stats["missing_messages"] is not None]
        complete = [stats for stats in declared if stats["missing_messages"] == 0]
        known = [stats["resolved"] for stats in opened if stats["resolved"] is not None]
        result[key] = {
            "opened": len(opened),
            "active": len(parts["active"]),
            "ended": len(parts["ended"]),
            "messages": len(parts["messages"]),
            **{f"{role}_messages": parts["messages"].count(role) for role in SIDES},
            "replies": len(parts["replies"]),
            "response_seconds_p50": percentile(parts["replies"], 0.5),
            "response_seconds_p95": percentile(parts["replies"], 0.95),
            **{
                f"{name}_p{part}": percentile([stats[name] for stats in opened], part / 100)
                for name in ("first_response_seconds", "agent_response_seconds")
                for part in (50, 95)
            },
            "opened_and_ended": len(ended),
            "handed_off": sum(stats["handed_off"] for stats in opened),
            "contained": sum(stats["contained"] for stats in ended),
            "abandoned": sum(stats["abandoned"] is True for stats in opened),
            "resolved": sum(known) if known else None,
            "reopened": sum(stats["reopened"] for stats in opened),
            "containment": share(sum(stats["contained"] for stats in ended), len(ended)),
            "handoff": share(sum(stats["handed_off"] for stats in ended), len(ended)),
            "abandonment": share(sum(stats["abandoned"] is True for stats in ended), len(ended)),
            "declared": len(declared),
            "complete": len(complete),
            "missing_messages": sum(stats["missing_messages"] for stats in declared),
            "completeness": share(len(complete), len(declared)),
        }
    return result
