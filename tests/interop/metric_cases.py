"""Conversations written by hand, and their metrics reckoned on paper.

A case has a record of a page and, for each metric that it is about, the value and why it is that. Times are seconds of
day `DAY` in UTC, written as clocks; `AS_OF` is ten days later. A time is expected as text in UTC. Reports are named by
tracker and number where a case plays one.
"""

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


def message(clock, text="a word", kind="text", day=0, **more):
    """A message of a Convocore turn; without a clock it has no time."""
    payload = {"message": text} if text is not None else {}
    sent = {} if clock is None else {"ts": at(clock, day)}
    return {"type": kind, "payload": payload, **sent, **more}


def human(*messages):
    return {"from": "human", "messages": list(messages)}


def bot(*messages):
    return {"from": "bot", "messages": list(messages)}


def agent(*messages):
    return {"from": "agent", "messages": list(messages)}


def system(*messages):
    return {"from": "system", "messages": list(messages)}


# Convocore: id -> (metadata beside the ID, turns, expected metrics with their reasons).
CONVOCORE = {
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
            "response_seconds_p50": (30.0, "the last that has a time of the run, to the first that has one of the reply"),
            "replies": (1, "one run, one reply"),
            "abandoned": (False, "the last word is the bot's"),
        },
    ),
    # fazer-ai/agents#188: a person who never wrote counted as resolved by the bot.
    "one-side-only": (
        {"messagesNum": 3, "firstMessageTS": at("12:40:00"), "state": "ended_chat", "tags": ["resolved"]},
        [bot(message("12:40:00"), message("12:50:00", "still there?"), message("12:51:00", None, "end"))],
        {
            "first_human_at": (None, "the person never wrote"),
            "first_reply_at": (None, "so there was nothing to reply to"),
            "longest_wait_seconds": (None, "and nobody waited"),
            "human_messages": (0, "none"),
            "turns": (1, "as the source has it"),
            "abandoned": (True, "the person never wrote, and the conversation is over"),
            "resolved": (True, "the source's tag says so"),
            "contained": (False, "abandoned"),
            "ended_by": ("message", "by the message `end`"),
            "ended_at": ("2025-03-10 12:51:00", "when `end` came"),
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
    # chatwoot/chatwoot#12058 (5 days and 10 minutes for a reply that took 10 minutes) and chatwoot/chatwoot#11787;
    # constructorfabric/insight#3108 (what was reopened and is open still counted as resolved).
    "two-sessions": (
        {"messagesNum": 5, "firstMessageTS": at("14:00:00"), "sessionsNum": 2, "state": "ai-chatting"},
        [
            human(message("14:00:00")),
            bot(message("14:00:03"), message("14:05:00", None, "end")),
            human(message("14:00:00", day=5)),
            agent(message("14:10:00", day=5)),
        ],
        {
            "sessions": (2, "as the source says"),
            "replies": (2, "one in each session"),
            "response_seconds_p95": (570.15, "of 3 and 600: 3 + 0.95 * 597"),
            "longest_wait_seconds": (600.0, "the ten minutes on the 15th; between the sessions nobody waited"),
            "agent_response_seconds": (432_600.0, "from the first message of all: 5 days and 10 minutes"),
            "reopened": (True, "words of the person after the end"),
            "ended_by": ("quiet", "the end on the 10th was not the last word"),
            "ended_at": ("2025-03-15 14:10:00", "the last word"),
            "resolved": (False, "the source does not say so now"),
            "messages": (5, "the end is a message too"),
            "said_messages": (4, "but nobody said it"),
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
    # Words of scripts without Latin letters, and spaces that are no ASCII: redox-os/coreutils#150,
    # SimpleMobileTools/Simple-Notes#700, sftwrdotdev/Markpad#695.
    "emoji-words": (
        {"messagesNum": 9, "firstMessageTS": at("15:00:00")},
        [
            human(
                message("15:00:00", "😀"),  # 0: no letter, no digit
                message("15:00:01", "hi 😀👍🏽 there"),  # 2
                message("15:00:02", "great😀!"),  # 1: nothing stands between
                message("15:00:03", "don't e-mail"),  # 2
                message("15:00:04", "日本語です"),  # 1: no white space
                message("15:00:05", "a\u00a0b\u3000c\u2028d"),  # 4: spaces of Unicode
                message("15:00:06", "Привет мир — 안녕"),  # 3: the dash is none
                message("15:00:07", "   "),  # 0
                message("15:00:08", "order 42"),  # 2
            )
        ],
        {"human_words": (15, "0 + 2 + 1 + 2 + 1 + 4 + 3 + 0 + 2"), "human_messages": (9, "each is a message")},
    ),
    # A launch is the widget's, a notice nobody's, a system message neither side's.
    "events-and-system": (
        {"messagesNum": 7, "firstMessageTS": at("15:30:00")},
        [
            human(message("15:30:00", None, "launch")),
            human(message("15:30:10")),
            system(message("15:30:12", "an agent has joined")),
            human(message("15:30:20")),
            bot(message("15:30:21", kind="info:default"), message("15:30:22", None, "no-reply"), message("15:30:30")),
        ],
        {
            "first_human_at": ("2025-03-10 15:30:10", "the launch is no word of the person"),
            "first_response_seconds": (20.0, "15:30:10 to 15:30:30; the notice of 15:30:21 is no reply"),
            "response_seconds_p50": (10.0, "the system message does not cut the run: 15:30:20 to 15:30:30"),
            "replies": (1, "one run, one reply"),
            "messages": (7, "all of them"),
            "human_messages": (3, "the launch is in the person's turn"),
            "system_messages": (1, "one"),
            "said_messages": (3, "two of the person, one of the bot"),
            "fallbacks": (1, "the `no-reply`"),
            "bot_words": (2, "`a word`; notices have none"),
        },
    ),
    "empty-texts": (
        {"messagesNum": 3, "firstMessageTS": at("16:00:00")},
        [human(message("16:00:00", "")), bot(message("16:00:07", None, "carousel"), message("16:00:09", ""))],
        {
            "first_human_at": ("2025-03-10 16:00:00", "an empty text is a message"),
            "first_response_seconds": (7.0, "a carousel is a reply, though it has no text"),
            "human_words": (0, "no words"),
            "bot_words": (0, "no words"),
            "said_messages": (3, "all were sent by one of the two sides"),
        },
    ),
    # chatwoot/chatwoot#14032: handed off and resolved by the bot at once, so that the shares were above 100 %.
    "handed-off-by-state": (
        {"messagesNum": 3, "firstMessageTS": at("16:30:00"), "state": "requested_chat", "chatAssignedTo": "desk-3", "tags": ["resolved"]},
        [human(message("16:30:00")), bot(message("16:30:02"), message("16:31:00", None, "end"))],
        {
            "handed_off": (True, "the state says so"),
            "handed_off_by": ("state", "no agent wrote; a state tells more than an assignment"),
            "handed_off_at": (None, "a state does not tell since when"),
            "resolved": (True, "the tag says so"),
            "contained": (False, "handed off"),
            "takeovers": (0, "no agent wrote"),
        },
    ),
    "handed-off-by-assignment": (
        {"messagesNum": 2, "firstMessageTS": at("16:40:00"), "state": "ai-chatting", "chatAssignedTo": "desk-2"},
        [human(message("16:40:00")), bot(message("16:40:02"))],
        {
            "handed_off_by": ("assignment", "somebody is in charge"),
            "handed_off_at": (None, "an assignment does not tell since when"),
            "contained": (False, "handed off"),
        },
    ),
    # lightdash/lightdash#15590, fivetran/dbt_quickbooks#120: joins that multiply rows. Four tags, two of them the same
    # word, and a state mean something; the conversation is one row and its messages count once.
    "several-tags-and-a-rating": (
        {"messagesNum": 4, "firstMessageTS": at("17:00:00"), "state": "completed", "tags": ["vip", "resolved", "resolved", "x"]},
        [
            human(message("17:00:00")),
            bot(message("17:00:04")),
            human(message("17:02:00", "thanks")),
            bot(message("17:02:01", None, "end")),
        ],
        {
            "messages": (4, "once each"),
            "human_words": (3, "a word + thanks"),
            "resolved": (True, "state and tag say so"),
            "rating": (4.0, "leads.feedback /rating"),
            "feedback_text": ("👍 fast", "leads.feedback /comment"),
            "abandoned": (False, "the end closed what the person said last"),
            "contained": (True, "ended, no agent, not abandoned"),
            "ended_by": ("message", "the end, after the person's last word"),
            "longest_wait_seconds": (4.0, "17:00:00 to 17:00:04; 17:02:00 waited for one second, until the end"),
            "replies": (1, "an end is no reply"),
            "resolution_seconds": (121.0, "17:00:00 to 17:02:01"),
        },
    ),
    # fivetran/dbt_zendesk#25, chatwoot/chatwoot#2882: business hours of the day that is asked, not of the day on which
    # it is asked about. Friday 16:30 to Monday 09:30 in Berlin, and the clocks go forward in between.
    "over-the-change-of-clocks": (
        {"messagesNum": 2, "firstMessageTS": at("15:30:00", 18)},
        [human(message("15:30:00", day=18)), agent(message("07:30:00", day=21))],
        {"agent_response_seconds": (230_400.0, "Friday 15:30 UTC to Monday 07:30 UTC: 64 hours")},
    ),
    # fivetran/dbt_zendesk#117: a holiday of the zone. Monday 17 March to Wednesday, Tuesday is none to work on.
    "over-a-holiday": (
        {"messagesNum": 2, "firstMessageTS": at("15:50:00", 7)},
        [human(message("15:50:00", day=7)), agent(message("08:20:00", day=9))],
        {"agent_response_seconds": (145_800.0, "Monday 15:50 UTC to Wednesday 08:20 UTC: 40.5 hours")},
    ),
    "ends-twice": (
        {"messagesNum": 7, "firstMessageTS": at("17:30:00")},
        [
            human(message("17:30:00")),
            bot(message("17:30:01"), message("17:31:00", None, "end")),
            human(message("17:40:00")),
            bot(message("17:40:02"), message("17:41:00", None, "end"), message("18:00:00", kind="info:success")),
        ],
        {
            "reopened": (True, "17:40:00 came after the first end"),
            "ended_by": ("message", "and the second end was the last"),
            "ended_at": ("2025-03-10 17:41:00", "the second end; notices after it change nothing"),
            "contained": (True, "over, without an agent, answered"),
            "resolution_seconds": (None, "the source does not say that it is resolved"),
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
    # glossyio/traffic-monitor#59, ccusage/ccusage#349: what happens before midnight of the zone is of that day.
    "around-midnight": (
        {"messagesNum": 2, "firstMessageTS": at("22:30:00", 20)},
        [human(message("22:30:00", day=20)), bot(message("22:30:09", day=20))],
        {"opened_at": ("2025-03-30 22:30:00", "Monday the 31st, 00:30, in Berlin; with winter's offset still the 30th")},
    ),
}

# Business seconds of the first reply, by id: Monday to Friday 9 to 17 in Berlin, Tuesday the 18th is a holiday.
BUSINESS_SECONDS = {
    "over-the-change-of-clocks": (3_600.0, "Friday 16:30 to 17:00, Monday 9:00 (07:00 UTC) to 9:30"),
    "over-a-holiday": (1_800.0, "Monday 16:50 to 17:00, Wednesday 9:00 (08:00 UTC) to 9:20"),
    "first-words-by-the-bot": (5.0, "10:00 in Berlin is within the hours"),
    "bot-first-agent-later": (3.0, "15:30 in Berlin is within the hours"),
    "handed-off-by-state": (0.0, "17:30 in Berlin is after hours"),
    "clock-going-back": (None, "there is no response time"),
    "around-midnight": (0.0, "half past midnight"),
}

# Another calendar, for the loops: minutes of the day, and a slot over midnight.
ODD_HOURS = [(1, 540, 720), (1, 780, 1050), (3, 0, 1440), (5, 1320, 120), (7, 90, 210)]

# What the list tells beside: id -> feedback.
FEEDBACK = {
    "several-tags-and-a-rating": {"rating": "4", "comment": "👍 fast"},
    "equal-timestamps": {},
    "emoji-words": {"rating": "five", "comment": ""},
}


def asks(conversation, identifier, clock, text="a word", day=0, **more):
    return record(conversation, identifier, clock, day, type="UserInput", userInput=text, **more)


def says(conversation, identifier, clock, text="a word", day=0, kind="BotMessage", **more):
    return record(conversation, identifier, clock, day, type=kind, outMsg={"steps": [{"text": text}]}, **more)


def record(conversation, identifier, clock, day, **fields):
    time = {} if clock is None else {"time": at(clock, day)}
    return {"_id": identifier, "conversationId": conversation, **time, **fields}


# AgentX: id -> (fields of the conversation beside the _id, or None where the lake has no row of it; messages in no
# order; expected metrics).
AGENTX = {
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

# Messages of one instant go by their ids, byte by byte; those without a time come last.
ORDERS = {
    "flat": ["m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8"],
    "flat-equal-timestamps": ["m1", "m10", "m2", "m3"],
    "flat-no-time": ["m2", "m3", "m1"],
    "clock-going-back": ["0.0", "1.0", "2.0", "3.0"],
    "some-timestamps": ["0.0", "0.1", "0.2", "1.0", "1.1"],
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
    "flat-no-time": [
        ("human", 1, "2025-03-10 11:00:00", "2025-03-10 11:00:00"),
        ("bot", 1, "2025-03-10 11:00:30", "2025-03-10 11:00:30"),
        ("human", 1, None, None),
    ],
}

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
    ("2025-03-10", "agentx", None, "en_us"): {"opened": (1, "flat"), "messages": (8, "its eight"), "handoff": (1.0, "the tag")},
    ("2025-03-10", "agentx", None, None): {
        "opened": (5, "flat-equal-timestamps, -no-time, -handed-over, -no-messages and -no-conversation"),
        "messages": (10, "4 + 2 with a time + 2 + 0 + 2"),
        "declared": (4, "all but -no-conversation"),
        "complete": (3, "all of these but -no-messages"),
        "missing_messages": (2, "those of -no-messages"),
        "opened_and_ended": (4, "what became of -no-messages is not known"),
        "abandoned": (1, "-no-time"),
        "contained": (2, "-equal-timestamps and -no-conversation"),
    },
}


def pages():
    """Stream -> records, as the four endpoints serve them."""
    export = [{"metadata": {"ID": name, **meta}, "turns": turns} for name, (meta, turns, _) in CONVOCORE.items()]
    return {
        "convocore/export": export,
        "convocore/list": [{"ID": name, "feedback": feedback} for name, feedback in FEEDBACK.items()],
        "agentx/conversations": [{"_id": name, **fields} for name, (fields, _, _) in AGENTX.items() if fields is not None],
        "agentx/messages": [one for _, messages, _ in AGENTX.values() for one in messages],
    }
