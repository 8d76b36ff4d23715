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
                waits.append(
                    {"asked": None, "replied": None, "by": None, "closed": None, "ends": False, "answered": False}
                )
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


def first(values):
    """The first that is known."""
    return next((value for value in values if value is not None), None)


def times_of(messages):
    return [message["sent_at"] for message in messages if message["sent_at"] is not None]


class Conversation:
    """All that is known of one, and what follows from it."""

    def __init__(self, key, row, messages, turns, lead, meaning, is_over, as_of):
        self.key, self.messages, self.turns, self.lead, self.meaning = key, messages, turns, lead, meaning
        self.is_known = row is not None
        self.row = row or collections.defaultdict(lambda: None, source=key[0])
        self.is_over, self.as_of = is_over, as_of
        self.said = [message for message in messages if meaning.is_said(message)]
        self.person = [message for message in self.said if message["role"] == "human"]
        self.ends = [message for message in messages if meaning.says("ended", message)]
        self.position = {id(message): index for index, message in enumerate(messages)}
        self.waits = waits_of(messages, meaning)

    def is_after(self, one, other):
        return self.position[id(one)] > self.position[id(other)]

    def tells(self, means):
        return self.is_known and self.meaning.tells(means, self.row)

    def opened_at(self):
        return first([self.row["first_message_at"], self.row["started_at"], min(times_of(self.messages), default=None)])

    def last_active_at(self):
        latest = [max(times_of(some), default=None) for some in (self.said, self.messages)]
        return first(latest + [self.row[name] for name in ("last_message_at", "first_message_at", "started_at")])

    def first_times(self):
        asked = next((message for message in self.person if message["sent_at"] is not None), None)
        behind = [message for message in self.said if asked and self.is_after(message, asked)]
        asked_at = asked["sent_at"] if asked else None
        replied_at = first(message["sent_at"] for message in behind if message["role"] != "human")
        joined_at = first(message["sent_at"] for message in behind if message["role"] == "agent")
        return {
            "first_human_at": asked_at,
            "first_reply_at": replied_at,
            "first_response_seconds": seconds(asked_at, replied_at),
            "first_agent_reply_at": joined_at,
            "agent_response_seconds": seconds(asked_at, joined_at),
        }

    def responses(self):
        return [
            {
                "asked_at": wait["asked"],
                "replied_at": wait["replied"],
                "replied_by": wait["by"],
                "response_seconds": seconds(wait["asked"], wait["replied"]),
            }
            for wait in self.waits
            if wait["answered"]
        ]

    def waiting_since(self):
        return first(wait["asked"] for wait in self.waits if not wait["answered"] and not wait["ends"])

    def wait_times(self):
        lengths = [response["response_seconds"] for response in self.responses()]
        waited = lengths + [
            seconds(wait["asked"], wait["closed"] if wait["ends"] else self.as_of)
            for wait in self.waits
            if not wait["answered"]
        ]
        return {
            "replies": len(lengths),
            "response_seconds_p50": percentile(lengths, 0.5),
            "response_seconds_p95": percentile(lengths, 0.95),
            "longest_wait_seconds": max((length for length in waited if length is not None), default=None),
            "waiting_since": self.waiting_since(),
        }

    def counts(self):
        roles = [message["role"] for message in self.messages]
        runs = sum(index == 0 or role != roles[index - 1] for index, role in enumerate(roles))
        return {
            "turns": runs if self.turns is None else self.turns,
            "messages": len(roles),
            **{f"{role}_messages": roles.count(role) for role in (*SIDES, "system")},
            "said_messages": len(self.said),
            **{f"{role}_words": sum(words(m["text"]) for m in self.said if m["role"] == role) for role in SIDES},
            "fallbacks": sum(self.meaning.says("fallback", message) for message in self.messages),
        }

    def handing_off(self):
        signs = [m for m in self.said if m["role"] == "agent"]
        signs += [m for m in self.messages if self.meaning.says("handed_off", m)]
        by = None
        if signs:
            by = "message"
        elif self.tells("handed_off"):
            by = "state"
        elif (self.row["assigned_to"] or "").strip():
            by = "assignment"
        takeovers, side = 0, None
        for message in self.said:
            if message["role"] != "human":
                takeovers += message["role"] == "agent" and side != "agent"
                side = message["role"]
        signs.sort(key=lambda message: self.position[id(message)])
        return {
            "handed_off": by is not None,
            "handed_off_by": by,
            "handed_off_at": first(message["sent_at"] for message in signs),
            "takeovers": takeovers,
        }

    def missing(self):
        """Declared and not here; null where nothing is declared."""
        humans = sum(message["role"] == "human" for message in self.messages)
        held = {"messages_declared": len(self.messages), "user_messages_declared": humans}
        short = [self.row[name] - count for name, count in held.items() if self.row[name] is not None]
        return max(*short, 0) if len(short) > 1 else max(short[0], 0) if short else None

    def outcomes(self, handed_off):
        closed = bool(self.ends) and not (self.person and self.is_after(self.person[-1], self.ends[-1]))
        quiet = self.is_over(self.last_active_at())
        if not self.messages and self.missing():
            abandoned = None
        elif self.person:
            last_word = self.said[-1]["role"]
            abandoned = last_word == "human" and not closed and self.is_over(self.waiting_since())
        else:
            abandoned = closed or self.tells("ended") or quiet
        ended_at, ended_by, contained = None, None, None
        if closed:
            ended_by = "message"
        elif self.tells("ended"):
            ended_by = "state"
        elif quiet or abandoned:
            ended_by = "quiet"
        if ended_by:
            ends = [message["sent_at"] for message in reversed(self.ends)] if closed else []
            ended_at = first(ends + [self.last_active_at()])
            if handed_off or abandoned is not None:
                contained = not handed_off and not abandoned
        resolved = self.tells("resolved") if self.key[0] in self.meaning.sources_with_resolved else None
        return {
            "ended": ended_by is not None,
            "ended_by": ended_by,
            "ended_at": ended_at,
            "contained": contained,
            "abandoned": abandoned,
            "resolved": resolved,
            "resolution_seconds": seconds(self.opened_at(), ended_at) if resolved else None,
            "reopened": bool(self.ends and self.person) and self.is_after(self.person[-1], self.ends[0]),
        }

    def feedback(self):
        given = {name: self.lead and self.meaning.feedback(self.lead, name) for name in ("rating", "feedback_text")}
        try:
            given["rating"] = None if given["rating"] is None else float(given["rating"])
        except (TypeError, ValueError):
            given["rating"] = None
        return given

    def stats(self):
        handing_off = self.handing_off()
        return {
            **dict(zip(KEY, self.key)),
            "channel": self.row["channel"],
            "locale": self.row["locale"],
            "is_in_conversations": self.is_known,
            "opened_at": self.opened_at(),
            **self.first_times(),
            **self.wait_times(),
            **self.counts(),
            **handing_off,
            **self.outcomes(handing_off["handed_off"]),
            **self.feedback(),
            "missing_messages": self.missing(),
        }


def conversations(tables, meaning, as_of, abandoned_after):
    """All of them: key -> (metrics, response times, messages)."""

    def by_key(rows):
        groups = collections.defaultdict(list)
        for row in rows:
            groups[tuple(row[name] for name in KEY)].append(row)
        return groups

    def is_over(instant):
        return instant is None or (as_of - instant) / 1e6 >= abandoned_after

    rows, messages, turns, leads = (by_key(tables[name]) for name in ("conversations", "messages", "turns", "leads"))
    found = {}
    for key in rows.keys() | messages.keys():
        one = Conversation(
            key,
            rows[key][0] if key in rows else None,
            sorted(messages.get(key, []), key=place),
            len(turns[key]) if key in turns else None,
            leads[key][0] if key in leads else None,
            meaning,
            is_over,
            as_of,
        )
        found[key] = (one.stats(), one.responses(), one.messages)
    return found
