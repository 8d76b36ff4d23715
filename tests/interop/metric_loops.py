"""The metrics of docs/metrics.md once more, by loops over rows: what docs/sql is held against.

Takes and gives rows as dicts; times are microseconds since 1970. Nothing of docs/sql is used but the words of `meaning`.
"""

import collections
import datetime
import json
import math
import unicodedata
import zoneinfo

KEY = ("source", "agent_id", "conversation_id")
SIDES = ("human", "bot", "agent")


class Meaning:
    """What the words of the sources mean."""

    def __init__(self, rows, feedback_fields):
        self.words = {(row["source"], row["means"], row["field"], row["word"]) for row in rows}
        self.pointers = sorted((row["source"], row["gives"], row["rank"], row["path"]) for row in feedback_fields)
        self.sources_with_resolved = {row["source"] for row in rows if row["means"] == "resolved"}

    def says(self, means, message):
        return (message["source"], means, "type", message["type"]) in self.words

    def tells(self, means, conversation):
        source = conversation["source"]
        return (source, means, "state", conversation["state"]) in self.words or any(
            (source, means, "tag", tag) in self.words for tag in conversation["tags"] or []
        )

    def is_said(self, message):
        return message["role"] in SIDES and not self.says("event", message)

    def feedback(self, lead, gives):
        try:
            value = json.loads(lead["feedback"] or "null")
        except ValueError:
            return None
        for source, given, _, path in self.pointers:
            name = path.removeprefix("/")
            if source == lead["source"] and given == gives and isinstance(value, dict) and value.get(name) not in (None, ""):
                return value[name]
        return None


def words(text):
    """What stands between white space and has a letter or a digit."""
    return sum(any(unicodedata.category(sign)[0] in "LN" for sign in part) for part in (text or "").split())


def place(message):
    """What messages of a conversation are sorted by; what is missing comes last."""
    def last(value):
        return (value is None, value or 0)

    return (
        last(message["turn_index"]),
        last(message["message_index"]),
        last(message["sent_at"]),
        message["message_id"].encode(),
    )


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


def waits_of(messages, meaning):
    """Each run of the person's messages, with what ended it."""
    waits, before = [], None
    for message in messages:
        if meaning.is_said(message):
            act = "ask" if message["role"] == "human" else "reply"
        elif meaning.says("ended", message):
            act = "end"
        else:
            continue
        sent_at = message["sent_at"]
        if act == "ask":
            if before != "ask":
                waits.append({"asked": None, "replied": None, "by": None, "closed": None, "ends": False, "answered": False})
            if sent_at is not None:
                waits[-1]["asked"] = sent_at
        elif waits:
            wait = waits[-1]
            if act == "reply":
                if not wait["answered"]:
                    wait["by"] = message["role"]
                wait["answered"] = True
                if wait["replied"] is None:
                    wait["replied"] = sent_at
            else:
                wait["ends"] = True
                if wait["closed"] is None:
                    wait["closed"] = sent_at
        before = act
    return waits


def conversation(key, row, messages, turns, lead, meaning, as_of, abandoned_after):
    """The metrics of one conversation, and its response times."""
    known = row or collections.defaultdict(lambda: None, source=key[0])
    said = [message for message in messages if meaning.is_said(message)]
    ends = [message for message in messages if meaning.says("ended", message)]
    person = [message for message in said if message["role"] == "human"]
    position = {id(message): index for index, message in enumerate(messages)}
    waits = waits_of(messages, meaning)

    def first_with_time(candidates):
        return next((one["sent_at"] for one in candidates if one["sent_at"] is not None), None)

    def latest(candidates):
        return max((one["sent_at"] for one in candidates if one["sent_at"] is not None), default=None)

    timed = [message for message in person if message["sent_at"] is not None]
    first_human = timed[0]["sent_at"] if timed else None
    behind = [message for message in said if timed and position[id(message)] > position[id(timed[0])]]
    first_reply = first_with_time(message for message in behind if message["role"] != "human")
    first_agent_reply = first_with_time(message for message in behind if message["role"] == "agent")

    lengths, open_since, responses = [], None, []
    for wait in waits:
        if wait["answered"]:
            length = seconds(wait["asked"], wait["replied"])
            responses.append({"asked_at": wait["asked"], "replied_at": wait["replied"], "replied_by": wait["by"], "response_seconds": length})
        elif wait["ends"]:
            length = seconds(wait["asked"], wait["closed"])
        else:
            length, open_since = seconds(wait["asked"], as_of), wait["asked"]
        lengths.append(length)

    signs = [m for m in messages if m in said and m["role"] == "agent" or meaning.says("handed_off", m)]
    by = None
    if signs:
        by = "message"
    elif row and meaning.tells("handed_off", row):
        by = "state"
    elif (known["assigned_to"] or "").strip():
        by = "assignment"
    takeovers, side = 0, None
    for message in said:
        if message["role"] != "human":
            takeovers += message["role"] == "agent" and side != "agent"
            side = message["role"]

    if turns is None:
        roles = [message["role"] for message in messages]
        n_turns = sum(index == 0 or role != roles[index - 1] for index, role in enumerate(roles))
    else:
        n_turns = turns

    opened = next((t for t in (known["first_message_at"], known["started_at"]) if t is not None), None)
    if opened is None:
        opened = min((m["sent_at"] for m in messages if m["sent_at"] is not None), default=None)
    active = next(
        (
            t
            for t in (latest(said), latest(messages), known["last_message_at"], known["first_message_at"], known["started_at"])
            if t is not None
        ),
        None,
    )

    def is_over(instant):
        return instant is None or (as_of - instant) / 1e6 >= abandoned_after

    closed = bool(ends) and not (person and position[id(person[-1])] > position[id(ends[-1])])
    told_ended = bool(row) and meaning.tells("ended", row)
    declared = [known["messages_declared"], known["user_messages_declared"]]
    if not messages and any(number for number in declared if number and number > 0):
        abandoned = None
    elif person:
        abandoned = said[-1]["role"] == "human" and not closed and is_over(open_since)
    else:
        abandoned = told_ended or closed or is_over(active)
    ended_by = "message" if closed else "state" if told_ended else "quiet" if is_over(active) or abandoned else None
    ended_at = None
    if ended_by:
        ended_at = active
        if closed and ends[-1]["sent_at"] is not None:
            ended_at = ends[-1]["sent_at"]
        elif closed:
            ended_at = next((m["sent_at"] for m in reversed(ends) if m["sent_at"] is not None), active)

    rating = meaning.feedback(lead, "rating") if lead else None
    try:
        rating = None if rating is None else float(rating)
    except (TypeError, ValueError):
        rating = None
    contained = None
    if ended_by and (by or abandoned is not None):
        contained = not by and not abandoned
    humans = sum(message["role"] == "human" for message in messages)
    missing = None
    if any(number is not None for number in declared):
        missing = max((declared[0] or 0) - len(messages) if declared[0] is not None else 0, (declared[1] - humans) if declared[1] is not None else 0, 0)
    resolved = None
    if key[0] in meaning.sources_with_resolved:
        resolved = bool(row) and meaning.tells("resolved", row)
    counts = collections.Counter(message["role"] for message in messages)
    stats = {
        **dict(zip(KEY, key)),
        "channel": known["channel"],
        "locale": known["locale"],
        "is_in_conversations": row is not None,
        "opened_at": opened,
        "first_human_at": first_human,
        "first_reply_at": first_reply,
        "first_response_seconds": seconds(first_human, first_reply),
        "first_agent_reply_at": first_agent_reply,
        "agent_response_seconds": seconds(first_human, first_agent_reply),
        "replies": len(responses),
        "response_seconds_p50": percentile([one["response_seconds"] for one in responses], 0.5),
        "response_seconds_p95": percentile([one["response_seconds"] for one in responses], 0.95),
        "longest_wait_seconds": max((length for length in lengths if length is not None), default=None),
        "waiting_since": open_since,
        "turns": n_turns,
        "messages": len(messages),
        **{f"{role}_messages": counts[role] for role in (*SIDES, "system")},
        "said_messages": len(said),
        **{f"{role}_words": sum(words(m["text"]) for m in said if m["role"] == role) for role in SIDES},
        "handed_off": by is not None,
        "handed_off_by": by,
        "handed_off_at": first_with_time(signs),
        "takeovers": takeovers,
        "ended": ended_by is not None,
        "ended_by": ended_by,
        "ended_at": ended_at,
        "contained": contained,
        "abandoned": abandoned,
        "resolved": resolved,
        "resolution_seconds": seconds(opened, ended_at) if resolved else None,
        "reopened": bool(ends and person) and position[id(person[-1])] > position[id(ends[0])],
        "fallbacks": sum(meaning.says("fallback", message) for message in messages),
        "rating": rating,
        "feedback_text": meaning.feedback(lead, "feedback_text") if lead else None,
        "missing_messages": missing,
    }
    return stats, responses


def conversations(tables, meaning, as_of, abandoned_after):
    """All of them: key -> (metrics, response times, messages)."""

    def by_key(rows):
        groups = collections.defaultdict(list)
        for row in rows:
            groups[tuple(row[name] for name in KEY)].append(row)
        return groups

    rows, messages, turns, leads = (by_key(tables[name]) for name in ("conversations", "messages", "turns", "leads"))
    found = {}
    for key in rows.keys() | messages.keys():
        ordered = sorted(messages.get(key, []), key=place)
        found[key] = (
            *conversation(
                key,
                rows[key][0] if key in rows else None,
                ordered,
                len(turns[key]) if key in turns else None,
                leads[key][0] if key in leads else None,
                meaning,
                as_of,
                abandoned_after,
            ),
            ordered,
        )
    return found


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
