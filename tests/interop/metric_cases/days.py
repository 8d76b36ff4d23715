"""The daily table of all cases."""

# (day in Berlin, source, channel, locale) -> values of the daily table.
DAYS = {
    ("2025-03-10", "convocore", "web-chat", None): {
        "opened": (1, "first-words-by-the-bot"),
        "messages": (4, "its four"),
        "replies": (1, "its one"),
        "response_seconds_p50": (5.0, "its one"),
        "containment": (1.0, "one of one"),
        "handoff": (0.0, "none of one"),
        "completeness": (1.0, "one of one"),
    },
    ("2025-03-10", "convocore", "whatsapp", None): {
        "opened": (1, "nobody-answers"),
        "replies": (0, "nobody answered"),
        "response_seconds_p50": (None, "of no replies"),
        "response_seconds_p95": (None, "of no replies"),
        "first_response_seconds_p50": (None, "of no replies"),
        "containment": (0.0, "none of one"),
        "abandonment": (1.0, "one of one"),
    },
    ("2025-03-31", "convocore", None, None): {
        "opened": (1, "around-midnight, at 00:30 in Berlin"),
        "messages": (3, "its two, and the agent's of over-the-change-of-clocks at 09:30"),
        "active": (2, "the same two"),
        "replies": (2, "the same two"),
        "agent_messages": (1, "at 09:30"),
    },
    ("2025-03-20", "convocore", None, None): {
        "opened": (1, "waiting-for-an-hour, at 00:00 in Berlin"),
        "opened_and_ended": (0, "it goes on"),
        "containment": (None, "of no conversation that has ended"),
        "handoff": (None, "of no conversation that has ended"),
        "ended": (0, "it goes on"),
    },
    (None, "convocore", None, None): {
        "opened": (1, "no-timestamps has no day, and is not lost"),
        "messages": (6, "its three, and three of some-timestamps"),
        "replies": (1, "its one, which has no day either"),
        "ended": (1, "it is over, since when is not known"),
    },
    ("2025-03-10", "agentx", None, "en_us"): {
        "opened": (1, "flat"),
        "messages": (8, "its eight"),
        "handoff": (1.0, "the tag"),
    },
    ("2025-03-10", "agentx", None, None): {
        "opened": (
            7,
            "flat-equal-timestamps, -no-time, -no-type, -fallbacks, -handed-over, -no-messages, -no-conversation",
        ),
        "messages": (17, "4 + 2 with a time + 4 + 3 + 2 + 0 + 2"),
        "declared": (6, "all but -no-conversation"),
        "complete": (5, "all of these but -no-messages"),
        "missing_messages": (2, "those of -no-messages"),
        "opened_and_ended": (6, "what became of -no-messages is not known"),
        "abandoned": (1, "-no-time"),
        "contained": (4, "-equal-timestamps, -no-type, -fallbacks and -no-conversation"),
    },
}
