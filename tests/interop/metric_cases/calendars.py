"""Business seconds of the first reply, by id."""

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
