"""Who answers whom, and after how long."""

from .times import at
from .turns import agent, bot, human, message

# id -> (metadata beside the ID, turns, metrics with their reasons)
CASES = {
    # The bot greets; the person writes twice before it answers. PostHog/posthog#69354 (a conversation that we open has
    # a first response of 0 seconds), jstanden/cerb#1524 (the first response counted from the last message).
    "first-words-by-the-bot": (
        {"origin": "web-chat", "messagesNum": 4, "firstMessageTS": at("09:00:00")},
        [
            bot(message("09:00:00", "Good morning, how can we help?")),
            human(message("09:00:10", "hello"), message("09:00:20", "where is my order")),
            bot(message("09:00:25", "On its way.")),
        ],
        {
            "first_human_at": ("2025-03-10 09:00:10", "the greeting is not the person's"),
            "first_reply_at": ("2025-03-10 09:00:25", "the greeting came before there was anything to reply to"),
            "first_response_seconds": (15.0, "09:00:10 to 09:00:25, from the first of the two messages"),
            "first_agent_reply_at": (None, "no agent wrote; chatwoot/chatwoot#6409: a bot's reply is none of an agent"),
            "agent_response_seconds": (None, "no agent wrote"),
            "replies": (1, "one run of the person's messages, answered once"),
            "response_seconds_p50": (5.0, "from the last message of the run, 09:00:20, to 09:00:25"),
            "longest_wait_seconds": (5.0, "the only wait, and it is over"),
            "turns": (3, "as the source has them"),
            "messages": (4, "all of them"),
            "human_messages": (2, "hello, where"),
            "bot_messages": (2, "greeting and answer"),
            "human_words": (5, "hello + where is my order"),
            "bot_words": (9, "Good morning, how can we help? = 6, On its way. = 3"),
            "handed_off": (False, "no agent, no state, nobody assigned"),
            "ended": (True, "nothing said for nine days"),
            "ended_by": ("quiet", "the source does not say so"),
            "abandoned": (False, "the last word is the bot's"),
            "contained": (True, "over, without an agent, not abandoned"),
            "reopened": (False, "there was no end to come back from"),
            "resolved": (False, "neither state nor tag says so"),
            "missing_messages": (0, "four declared, four here"),
        },
    ),
    # QuesmaOrg/quesma#27: percentiles of nothing are null, neither an error nor NaN nor 0.
    "nobody-answers": (
        {"origin": "whatsapp", "messagesNum": 2, "firstMessageTS": at("10:00:00"), "state": "ai-chatting"},
        [bot(message("09:59:50")), human(message("10:00:00"))],
        {
            "first_human_at": ("2025-03-10 10:00:00", "the only message of the person"),
            "first_reply_at": (None, "nothing came after it"),
            "first_response_seconds": (None, "one of the two is missing"),
            "replies": (0, "no reply"),
            "response_seconds_p50": (None, "of no replies"),
            "response_seconds_p95": (None, "of no replies"),
            "longest_wait_seconds": (828_000.0, "open since 10:00 on the 10th: 9 days and 14 hours up to as_of"),
            "waiting_since": ("2025-03-10 10:00:00", "still open"),
            "abandoned": (True, "the last word is the person's, a day has passed"),
            "ended": (True, "a day has passed"),
            "contained": (False, "abandoned"),
        },
    ),
    "waiting-for-an-hour": (
        {"messagesNum": 1, "firstMessageTS": at("23:00:00", 9)},
        [human(message("23:00:00", day=9))],
        {
            "longest_wait_seconds": (3_600.0, "23:00 on the 19th to as_of"),
            "abandoned": (False, "the set time of a day is not over"),
            "ended": (False, "nor is the conversation"),
            "ended_at": (None, "it goes on"),
            "contained": (None, "not known yet"),
        },
    ),
    # The agent comes, the bot takes over again, the agent comes back.
    "agent-takes-over-twice": (
        {"messagesNum": 9, "firstMessageTS": at("11:00:00"), "chatAssignedTo": "desk-1", "state": "human-chatting"},
        [
            human(message("11:00:00")),
            bot(message("11:00:05")),
            agent(message("11:02:00")),
            human(message("11:03:00")),
            bot(message("11:03:04")),
            human(message("11:04:00")),
            agent(message("11:05:00"), message("11:05:10")),
            human(message("11:06:00")),
        ],
        {
            "first_response_seconds": (5.0, "the bot's first reply"),
            "first_agent_reply_at": ("2025-03-10 11:02:00", "the first message of an agent"),
            "agent_response_seconds": (120.0, "11:00:00 to 11:02:00"),
            "replies": (3, "to 11:00:00, 11:03:00 and 11:04:00; the agent's 11:02:00 answers nothing new"),
            "response_seconds_p50": (5.0, "the middle one of 4, 5 and 60"),
            "response_seconds_p95": (54.5, "nine tenths of the way from 5 to 60: 0.95 * 2 = 1.9"),
            "longest_wait_seconds": (824_040.0, "open since 11:06:00: 9 days, 12 hours and 54 minutes"),
            "takeovers": (2, "at 11:02:00, and at 11:05:00 after the bot; 11:05:10 follows the agent's own"),
            "agent_messages": (3, "11:02:00, 11:05:00, 11:05:10"),
            "handed_off": (True, "agents wrote"),
            "handed_off_at": ("2025-03-10 11:02:00", "the first of the two times"),
            "handed_off_by": ("message", "which tells more than state and assignment"),
            "abandoned": (True, "nobody answered 11:06:00"),
            "contained": (False, "an agent wrote"),
            "turns": (8, "as the source has them"),
        },
    ),
    "equal-timestamps": (
        {"messagesNum": 4, "firstMessageTS": at("12:00:00")},
        [human(message("12:00:00")), bot(message("12:00:00")), human(message("12:00:00")), bot(message("12:00:00"))],
        {
            "first_response_seconds": (0.0, "the order is that of the turns, so the reply came after the question"),
            "replies": (2, "two turns of the person, each answered"),
            "response_seconds_p95": (0.0, "both took no time"),
            "longest_wait_seconds": (0.0, "both took no time"),
        },
    ),
    # No time at all, in messages or metadata; the second message has a date that reads as none.
    "no-timestamps": (
        {"messagesNum": 3},
        [human(message(None, "one two")), bot(message(None, ts="Invalid date")), human(message(None, "three"))],
        {
            "opened_at": (None, "no time is known"),
            "first_human_at": (None, "no time is known"),
            "first_response_seconds": (None, "no time is known"),
            "replies": (1, "the bot replied all the same"),
            "response_seconds_p50": (None, "it is not known after how long"),
            "longest_wait_seconds": (None, "no time is known"),
            "messages": (3, "messages without a time count"),
            "human_words": (3, "one two + three"),
            "turns": (3, "as the source has them"),
            "abandoned": (True, "the last word is the person's; a time that is not known counts as long ago"),
            "ended_at": (None, "no time is known"),
        },
    ),
    # Some times are missing: they are passed over in all times, and count in the order.
    "some-timestamps": (
        {"messagesNum": 5, "firstMessageTS": at("12:30:00")},
        [
            human(message(None), message("12:30:10"), message(None)),
            bot(message(None), message("12:30:40")),
        ],
        {
            "first_human_at": ("2025-03-10 12:30:10", "the first message of the person that has a time"),
            "first_reply_at": ("2025-03-10 12:30:40", "the first message of the bot that has a time"),
            "response_seconds_p50": (
                30.0,
                "the last that has a time of the run, to the first that has one of the reply",
            ),
            "replies": (1, "one run, one reply"),
            "abandoned": (False, "the last word is the bot's"),
        },
    ),
    "clock-going-back": (
        {"messagesNum": 4, "firstMessageTS": at("13:00:10")},
        [
            human(message("13:00:10")),
            bot(message("13:00:05")),
            human(message("13:01:00")),
            bot(message("13:01:02")),
        ],
        {
            "first_human_at": ("2025-03-10 13:00:10", "the first in order"),
            "first_reply_at": ("2025-03-10 13:00:05", "the next reply in order, whatever its clock says"),
            "first_response_seconds": (None, "a time before the question is no duration"),
            "replies": (2, "both were given"),
            "response_seconds_p50": (2.0, "the one that is known"),
            "longest_wait_seconds": (2.0, "the one that is known"),
        },
    ),
    # chatwoot/chatwoot#13181: the bot's reply did not end the wait, and an agent's reply took 14.7 days.
    "bot-first-agent-later": (
        {"messagesNum": 6, "firstMessageTS": at("14:30:00"), "lastMessageTS": at("14:32:00", 8)},
        [
            human(message("14:30:00")),
            bot(message("14:30:03")),
            human(message("14:30:00", day=8)),
            bot(message("14:30:05", day=8)),
            human(message("14:31:00", day=8)),
            agent(message("14:32:00", day=8)),
        ],
        {
            "longest_wait_seconds": (60.0, "each wait ends with the next reply, whoever gives it"),
            "replies": (3, "bot, bot, agent"),
            "response_seconds_p50": (5.0, "the middle one of 3, 5 and 60"),
        },
    ),
    # influxdata/influxdb#9046: which of its meanings a percentile has. The ten values of that report.
    "ten-replies": (
        {"messagesNum": 20, "firstMessageTS": at("18:00:00")},
        [
            turn
            for number, wait in enumerate([20, 21, 16, 56, 13, 16, 20, 16, 47, 12])
            for turn in (human(message(f"18:{number:02}:00")), bot(message(f"18:{number:02}:{wait:02}")))
        ],
        {
            "replies": (10, "one each"),
            "response_seconds_p50": (18.0, "half way between the fifth, 16, and the sixth, 20"),
            "response_seconds_p95": (51.95, "as spreadsheets have it: 47 + 0.55 * (56 - 47)"),
        },
    ),
}
