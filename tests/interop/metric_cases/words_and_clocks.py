"""What counts as a word or as said, and what the clocks of a zone do."""

from .times import at
from .turns import agent, bot, human, message, system

# id -> (metadata beside the ID, turns, metrics with their reasons)
CASES = {
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
    # glossyio/traffic-monitor#59, ccusage/ccusage#349: what happens before midnight of the zone is of that day.
    "around-midnight": (
        {"messagesNum": 2, "firstMessageTS": at("22:30:00", 20)},
        [human(message("22:30:00", day=20)), bot(message("22:30:09", day=20))],
        {
            "opened_at": (
                "2025-03-30 22:30:00",
                "Monday the 31st, 00:30, in Berlin; with winter's offset still the 30th",
            )
        },
    ),
}
