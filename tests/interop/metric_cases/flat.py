"""Conversations of AgentX: messages without turns, in no order."""

from .times import at


def asks(conversation, identifier, clock, text="a word", day=0, **more):
    return record(conversation, identifier, clock, day, type="UserInput", userInput=text, **more)


def says(conversation, identifier, clock, text="a word", day=0, kind="BotMessage", **more):
    return record(conversation, identifier, clock, day, type=kind, outMsg={"steps": [{"text": text}]}, **more)


def record(conversation, identifier, clock, day, **fields):
    time = {} if clock is None else {"time": at(clock, day)}
    return {"_id": identifier, "conversationId": conversation, **time, **fields}


# id -> (fields of the conversation beside the _id, or None where the lake has no row of it; messages in no order;
# metrics with their reasons)
CASES = {
    "flat": (
        {"startTime": at("09:00:00"), "locale": "en_us", "userMessageCount": 3, "tags": ["liveChat", "resolved"]},
        [
            says("flat", "m4", "09:00:20.5"),
            asks("flat", "m2", "09:00:10"),
            says("flat", "m1", "09:00:00"),
            asks("flat", "m3", "09:00:15"),
            says("flat", "m5", "09:00:21"),
            asks("flat", "m6", "09:01:00", ""),
            says("flat", "m7", "09:01:01", kind="SystemMessage"),
            says("flat", "m8", "09:01:03"),
        ],
        {
            "turns": (5, "bot m1, person m2 m3, bot m4 m5, person m6, bot m7 m8: runs of one role"),
            "first_response_seconds": (10.5, "09:00:10 to 09:00:20.5"),
            "response_seconds_p50": (4.25, "5.5 from m3 to m4, 3 from m6 to m8; the SystemMessage m7 is no reply"),
            "handed_off_by": ("state", "the tag liveChat"),
            "handed_off_at": (None, "a tag does not tell since when"),
            "resolved": (True, "the tag resolved"),
            "messages_declared": (None, "AgentX declares the person's alone"),
            "missing_messages": (0, "three of the person declared, three here"),
            "rating": (None, "AgentX has no leads"),
        },
    ),
    # nextcloud/spreed#515, langwatch/tasks#707: messages of one instant in no order, or in another on each look.
    "flat-equal-timestamps": (
        {"startTime": at("10:00:00"), "userMessageCount": 1},
        [
            says("flat-equal-timestamps", "m3", "10:00:00"),
            asks("flat-equal-timestamps", "m2", "10:00:00"),
            says("flat-equal-timestamps", "m1", "10:00:00"),
            says("flat-equal-timestamps", "m10", "10:00:00"),
        ],
        {
            "turns": (3, "m1 and m10 come before m2 byte by byte, m3 after it"),
            "first_response_seconds": (0.0, "m2 to m3, in the same instant"),
            "replies": (1, "m3; m1 and m10 stand before the question"),
        },
    ),
    "flat-no-time": (
        {"startTime": at("11:00:00"), "userMessageCount": 2},
        [
            asks("flat-no-time", "m1", None, "later or never"),
            asks("flat-no-time", "m2", "11:00:00"),
            says("flat-no-time", "m3", "11:00:30"),
        ],
        {
            "turns": (3, "person m2, bot m3, and m1 at the end, as it has no time"),
            "first_response_seconds": (30.0, "m2 to m3"),
            "abandoned": (True, "the last word in order is m1's; when it came is not known"),
            "longest_wait_seconds": (30.0, "how long m1 has waited is not known"),
        },
    ),
    # Nothing says who wrote a message without a type.
    "flat-no-type": (
        {"startTime": at("11:30:00"), "userMessageCount": 1},
        [
            says("flat-no-type", "m1", "11:30:00", kind=None),
            asks("flat-no-type", "m2", "11:30:05"),
            says("flat-no-type", "m3", "11:30:06", kind=None),
            says("flat-no-type", "m4", "11:30:09"),
        ],
        {
            "turns": (4, "a run of no role is a turn too"),
            "first_response_seconds": (4.0, "m2 to m4; m3 is nobody's reply"),
            "messages": (4, "all of them"),
            "bot_messages": (1, "m4"),
            "said_messages": (2, "m2 and m4"),
        },
    ),
    "flat-fallbacks": (
        {"startTime": at("11:40:00"), "userMessageCount": 1},
        [
            asks("flat-fallbacks", "m1", "11:40:00"),
            says("flat-fallbacks", "m2", "11:40:01", kind="fallback"),
            says("flat-fallbacks", "m3", "11:40:02", kind="no-reply"),
        ],
        {
            "fallbacks": (1, "m2; `no-reply` is Convocore's word, not AgentX's"),
            "said_messages": (3, "nor is it an event here"),
            "first_response_seconds": (1.0, "a fallback is a reply"),
        },
    ),
    "flat-handed-over": (
        {"startTime": at("12:00:00"), "userMessageCount": 1},
        [
            asks("flat-handed-over", "m1", "12:00:00"),
            says("flat-handed-over", "m2", "12:00:04", kind="AgentHandover"),
        ],
        {
            "handed_off_at": ("2025-03-10 12:00:04", "a message of a kind that says so"),
            "handed_off_by": ("message", "a message of a kind that says so"),
            "first_agent_reply_at": (None, "the bot announces the agent; AgentX has no role for agents"),
        },
    ),
    # The conversation is here, none of its messages is.
    "flat-no-messages": (
        {"startTime": at("13:00:00"), "userMessageCount": 2},
        [],
        {
            "messages": (0, "none is here"),
            "missing_messages": (2, "two of the person are declared"),
            "turns": (0, "none is here"),
            "abandoned": (None, "whether the person was answered is not known"),
            "contained": (None, "nor is that"),
            "ended": (True, "since nothing has been heard for nine days"),
        },
    ),
    # The messages are here, the conversation is not.
    "flat-no-conversation": (
        None,
        [asks("flat-no-conversation", "m1", "13:30:00"), says("flat-no-conversation", "m2", "13:30:02")],
        {
            "is_in_conversations": (False, "there is no row of it"),
            "opened_at": ("2025-03-10 13:30:00", "its first message"),
            "first_response_seconds": (2.0, "13:30:00 to 13:30:02"),
            "missing_messages": (None, "nothing is declared"),
            "channel": (None, "not known"),
        },
    ),
}

# Turns of the flat conversation: role, messages, first and last time.
DERIVED_TURNS = {
    "flat": [
        ("bot", 1, "2025-03-10 09:00:00", "2025-03-10 09:00:00"),
        ("human", 2, "2025-03-10 09:00:10", "2025-03-10 09:00:15"),
        ("bot", 2, "2025-03-10 09:00:20.5", "2025-03-10 09:00:21"),
        ("human", 1, "2025-03-10 09:01:00", "2025-03-10 09:01:00"),
        ("bot", 2, "2025-03-10 09:01:01", "2025-03-10 09:01:03"),
    ],
    "flat-no-type": [
        (None, 1, "2025-03-10 11:30:00", "2025-03-10 11:30:00"),
        ("human", 1, "2025-03-10 11:30:05", "2025-03-10 11:30:05"),
        (None, 1, "2025-03-10 11:30:06", "2025-03-10 11:30:06"),
        ("bot", 1, "2025-03-10 11:30:09", "2025-03-10 11:30:09"),
    ],
    "flat-no-time": [
        ("human", 1, "2025-03-10 11:00:00", "2025-03-10 11:00:00"),
        ("bot", 1, "2025-03-10 11:00:30", "2025-03-10 11:00:30"),
        ("human", 1, None, None),
    ],
}
