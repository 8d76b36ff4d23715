"""The metrics of one conversation, and of all."""

import collections
import unicodedata

from .clocks import percentile, seconds
from .meaning import SIDES

KEY = ("source", "agent_id", "conversation_id")


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
