"""How conversations end, and who ended them."""

from .times import at
from .turns import agent, bot, human, message

# id -> (metadata beside the ID, turns, metrics with their reasons)
CASES = {
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
    # The set time is not over, the conversation is.
    "closed-without-a-word": (
        {"messagesNum": 2, "firstMessageTS": at("22:00:00", 9)},
        [bot(message("22:00:00", day=9), message("22:01:00", None, "end", day=9))],
        {
            "abandoned": (True, "the person never wrote, and the bot has ended it"),
            "ended_by": ("message", "by `end`, two hours before as_of"),
            "contained": (False, "abandoned"),
        },
    ),
    "closed-by-its-state": (
        {"messagesNum": 1, "firstMessageTS": at("22:00:00", 9), "state": "ended_chat"},
        [bot(message("22:00:00", day=9))],
        {
            "abandoned": (True, "the person never wrote, and the state says that it is over"),
            "ended_by": ("state", "two hours before as_of"),
            "ended_at": ("2025-03-19 22:00:00", "the last word"),
        },
    ),
    "greeted-just-now": (
        {"messagesNum": 1, "firstMessageTS": at("22:00:00", 9)},
        [bot(message("22:00:00", day=9))],
        {
            "abandoned": (False, "the person may still write"),
            "ended": (False, "two hours are no day"),
            "longest_wait_seconds": (None, "nobody waits"),
        },
    ),
    # chatwoot/chatwoot#14032: handed off and resolved by the bot at once, so that the shares were above 100 %.
    "handed-off-by-state": (
        {
            "messagesNum": 3,
            "firstMessageTS": at("16:30:00"),
            "state": "requested_chat",
            "chatAssignedTo": "desk-3",
            "tags": ["resolved"],
        },
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
        {
            "messagesNum": 4,
            "firstMessageTS": at("17:00:00"),
            "state": "completed",
            "tags": ["vip", "resolved", "resolved", "x"],
        },
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
}
