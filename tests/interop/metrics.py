"""Runs docs/sql with DuckDB, and fails where a metric is not what it is on paper or by loops over the rows.

usage: metrics.py CONVOLAKE [PAGES]

CONVOLAKE is the built binary. Three lakes are looked at: conversations written by hand (metric_cases), generated ones
(or the page files in PAGES, named as the simulator names them), and of the same each source alone.
"""

import datetime
import gzip
import json
import math
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

import duckdb

import metric_cases
import metric_loops

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"
SQL = DOCS / "sql"
FILES = [
    "settings",
    "meaning",
    "tables",
    "local_copy",
    "ordered_messages",
    "derived_turns",
    "response_times",
    "conversation_stats",
    "daily_stats",
]
TABLES = ["conversations", "turns", "messages", "leads"]
PARAMS = {"convocore": "params.agent_id=a1", "agentx": "params.bot_name=b1"}
STEMS = {
    "convocore/export": "convocore_v2_export",
    "convocore/list": "convocore_v3_list",
    "agentx/conversations": "agentx_conversations",
    "agentx/messages": "agentx_messages",
}
wrong = []


def main(binary, pages=None):
    binary, pages = os.path.abspath(binary), pages and os.path.abspath(pages)
    if missing := {path.stem for path in SQL.glob("*.sql")} ^ set(FILES):
        sys.exit(f"docs/sql and this test differ in {sorted(missing)}")
    # In memory where there is such a folder: the lakes are many small files.
    memory = "/dev/shm"
    with tempfile.TemporaryDirectory(dir=memory if os.path.isdir(memory) else None) as folder:
        folder = pathlib.Path(folder)
        by_hand(binary, folder)
        generated(binary, folder, pages)
    if wrong:
        sys.exit("\n".join(wrong[:40] + [f"{len(wrong)} values are wrong"]))


def by_hand(binary, folder):
    lake = folder / "written by one's hand"
    for stream, records in metric_cases.pages().items():
        file = folder / f"{STEMS[stream]}.json.gz"
        file.write_bytes(gzip.compress(json.dumps({"success": True, "data": records}).encode()))
        flatten(binary, stream, file, lake)
    as_of, after = metric_cases.AS_OF, metric_cases.ABANDONED_AFTER
    connection = load(lake, metric_cases.ZONE, as_of, after, copies=False)
    stats = {(row["source"], row["conversation_id"]): row for row in rows(connection, "conversation_stats")}
    for source, cases in (("convocore", metric_cases.CONVOCORE), ("agentx", metric_cases.AGENTX)):
        for name, (_, _, expected) in cases.items():
            check_values(f"{source} {name}", stats[source, name], expected)
    order = "SELECT message_id FROM ordered_messages WHERE conversation_id = ? ORDER BY position"
    for name, ids in metric_cases.ORDERS.items():
        equal(f"order of {name}", [row[0] for row in connection.execute(order, [name]).fetchall()], ids)
    equal("conversations", len(stats), len(metric_cases.CONVOCORE) + len(metric_cases.AGENTX))
    turns = rows(connection, "derived_turns")
    equal("sources whose turns are derived", {turn["source"] for turn in turns}, {"agentx"})
    for name, expected in metric_cases.DERIVED_TURNS.items():
        found = sorted((turn for turn in turns if turn["conversation_id"] == name), key=lambda turn: turn["turn_index"])
        equal(f"places of turns of {name}", [turn["turn_index"] for turn in found], list(range(len(expected))))
        found = [(turn["role"], turn["message_count"], turn["started_at"], turn["ended_at"]) for turn in found]
        equal(
            f"turns of {name}", found, [(role, n, micros(began), micros(ended)) for role, n, began, ended in expected]
        )
    daily = {(row["day"], row["source"], row["channel"], row["locale"]): row for row in rows(connection, "daily_stats")}
    for day, expected in metric_cases.DAYS.items():
        check_values(str(day), daily[day], expected)

    # Without a calendar there are no business seconds.
    seconds = "SELECT count(response_business_seconds) FROM response_times"
    equal("business seconds without a calendar", connection.execute(seconds).fetchone()[0], 0)
    connection.execute("INSERT INTO business_hours SELECT day, '09:00', '17:00' FROM range(1, 6) AS days(day)")
    connection.execute("INSERT INTO holidays VALUES ('2025-03-18')")
    first = {row["conversation_id"]: row for row in rows(connection, "response_times") if row["reply"] == 1}
    for name, (value, reason) in metric_cases.BUSINESS_SECONDS.items():
        found = first[name]["response_business_seconds"]
        equal(f"business seconds of {name} ({reason})", found, value)
    stats = {row["conversation_id"]: row for row in rows(connection, "conversation_stats")}
    for name in ("over-the-change-of-clocks", "over-a-holiday"):
        for metric in ("first_response_business_seconds", "agent_response_business_seconds"):
            equal(f"{metric} of {name}", stats[name][metric], metric_cases.BUSINESS_SECONDS[name][0])
    connection.execute("DELETE FROM business_hours")
    for weekday, opens, closes in metric_cases.ODD_HOURS:
        slot = [weekday, *(f"{minutes // 60:02}:{minutes % 60:02}" for minutes in (opens, closes))]
        connection.execute("INSERT INTO business_hours VALUES (?, CAST(? AS TIME), CAST(? AS TIME))", slot)
    calendar = metric_cases.ODD_HOURS, {"2025-03-18"}, metric_cases.ZONE
    for row in rows(connection, "response_times"):
        expected = metric_loops.business_seconds(row["asked_at"], row["replied_at"], *calendar)
        equal(
            f"business seconds of {row['conversation_id']} {row['reply']}", row["response_business_seconds"], expected
        )
    for row in rows(connection, "conversation_stats"):
        for reply in ("first_reply_at", "first_agent_reply_at"):
            name = reply.replace("reply_at", "response_business_seconds").replace("first_agent", "agent")
            expected = metric_loops.business_seconds(row["first_human_at"], row[reply], *calendar)
            equal(f"{name} of {row['conversation_id']}", row[name], expected)
    # Around the clock they are the seconds, over the change of clocks too; so they are with slots over midnight.
    for slots in (["('00:00', '24:00')"], ["('20:00', '06:00')", "('06:00', '20:00')"]):
        connection.execute("DELETE FROM business_hours; DELETE FROM holidays")
        connection.execute(f"INSERT INTO business_hours SELECT * FROM range(1, 8), (VALUES {', '.join(slots)})")
        for row in rows(connection, "response_times"):
            name = f"business seconds around the clock of {row['conversation_id']} {row['reply']}"
            equal(name, row["response_business_seconds"], row["response_seconds"])
    connection.execute("DELETE FROM business_hours")

    against_loops("by hand", connection, metric_cases.ZONE, as_of, after)
    # A rating may count as a sign.
    connection.execute("INSERT INTO meaning VALUES ('convocore', 'resolved', 'rating_at_least', '4')")
    connection.execute("DELETE FROM meaning WHERE means = 'resolved' AND field <> 'rating_at_least'")
    resolved = connection.execute("SELECT conversation_id FROM conversation_stats WHERE resolved").fetchall()
    equal("resolved by rating", resolved, [("several-tags-and-a-rating",)])
    unknown = connection.execute("SELECT DISTINCT source FROM conversation_stats WHERE resolved IS NULL").fetchall()
    equal("sources without a word for resolved", unknown, [("agentx",)])


def generated(binary, folder, pages):
    if pages is None:
        pages = folder / "pages"
        call([binary, "simulate", "--conversations", "50", "--pages-to", str(pages)])
    lake = folder / "both"
    for stream, stem in STEMS.items():
        flatten(binary, stream, pathlib.Path(pages) / f"{stem}.jsonl.zst", lake)
    newest = f"SELECT CAST(max(sent_at) + INTERVAL 1 HOUR AS VARCHAR) FROM read_parquet('{lake}/messages/**/*.parquet')"
    # An hour behind the newest message, so that some conversations are open.
    choices = {"zone": "America/New_York", "as_of": utc().execute(newest).fetchone()[0], "abandoned_after": 86_400}
    connection = load(lake, **choices)
    began = time.monotonic()
    n_days = len(rows(connection, "daily_stats"))
    took = time.monotonic() - began
    n_messages = connection.execute("SELECT count(*) FROM messages").fetchone()[0]
    print(f"{n_messages} messages give {n_days} rows of daily_stats in {took:.1f} s")
    against_loops("generated", connection, **choices)

    whole = {name: both(connection, name) for name in ("conversation_stats", "daily_stats", "all_turns")}
    for source in PARAMS:
        alone(lake, folder / source, source)
        only = load(folder / source, **choices)
        for name, found in whole.items():
            equal(f"{name} of {source} alone", both(only, name), [row for row in found if row["source"] == source])
    partitioned_otherwise(lake, folder / "mixed")
    mixed = load(folder / "mixed", **choices, copies=False)
    empty = load(folder / "nothing", **choices)
    for name, found in whole.items():
        equal(f"{name} of a lake by month and by date", both(mixed, name), found)
        equal(f"{name} of no lake", both(empty, name), [])
    as_documented(lake)


def alone(lake, other, source):
    """A lake of one source of another lake."""
    for table in TABLES:
        if (lake / table / f"source={source}").is_dir():
            link(lake / table / f"source={source}", other / table / f"source={source}")
    there = [(other / name).is_dir() for name in ("turns", "leads")]
    equal(f"turns and leads of {source}", there, [source == "convocore"] * 2)


def partitioned_otherwise(lake, other):
    """The lake with AgentX by month where it is by date, or by date; one of its files lacks two columns."""
    by_date = any((lake / "messages" / "source=agentx").glob("date=*"))
    columns, part = "* EXCLUDE (source, month)", "date"
    if by_date:
        columns, part = "* EXCLUDE (source), strftime(date, '%Y-%m') AS month", "month"
    for table in TABLES:
        if (lake / table / "source=convocore").is_dir():
            link(lake / table / "source=convocore", other / table / "source=convocore")
        if (lake / table / "source=agentx").is_dir():
            written = other / table / "source=agentx"
            written.mkdir(parents=True)
            files = f"read_parquet('{lake}/{table}/source=agentx/**/*.parquet', hive_partitioning = true)"
            duckdb.execute(
                f"COPY (SELECT {columns} FROM {files}) TO '{written}' (FORMAT parquet, PARTITION_BY ({part}))"
            )
    written = sorted((other / "messages" / "source=agentx").glob(f"{part}=20*/*.parquet"))
    equal("files of the other kind", len(written) > 1, True)
    older = written[-1].with_name("older.parquet")
    columns = "* EXCLUDE (turn_index, message_index)"
    files = f"read_parquet('{written[-1]}', hive_partitioning = false)"
    duckdb.execute(f"COPY (SELECT {columns} FROM {files}) TO '{older}'")
    written[-1].unlink()


def as_documented(lake):
    """Runs each block of SQL of docs/metrics.md, in their order, as DuckDB's shell would."""
    text = (DOCS / "metrics.md").read_text(encoding="utf-8")
    connection, read = duckdb.connect(), []
    for block in re.findall(r"^```sql\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        for part in re.split(r"^(\.read .*)\n", block.replace("'./lake'", "'" + str(lake) + "'"), flags=re.MULTILINE):
            if file := re.fullmatch(r"\.read docs/sql/(\w+)\.sql", part):
                read.append(file[1])
                part = (SQL / f"{file[1]}.sql").read_text(encoding="utf-8")
            connection.execute(part)
    equal("files that docs/metrics.md reads", read, FILES)
    p50 = connection.execute("SELECT quantile_cont(response_business_seconds, 0.5) FROM response_times").fetchone()
    equal("docs/metrics.md gives a value", p50[0] is not None, True)


def against_loops(label, connection, zone, as_of, abandoned_after):
    """Every conversation and day once more, by loops."""
    meaning = metric_loops.Meaning(rows(connection, "meaning"), rows(connection, "feedback_fields"))
    tables = {name: rows(connection, name) for name in TABLES}
    found = metric_loops.conversations(tables, meaning, micros(as_of.removesuffix("+00")), abandoned_after)
    stats = {tuple(row[name] for name in metric_loops.KEY): row for row in rows(connection, "conversation_stats")}
    equal(f"{label}: conversations", stats.keys(), found.keys())
    for key, (expected, _, _) in found.items():
        for name, value in expected.items():
            equal(f"{label}: {name} of {' '.join(key)}", stats[key][name], value)
    responses = {}
    for row in sorted(rows(connection, "response_times"), key=lambda row: row["reply"]):
        responses.setdefault(tuple(row[name] for name in metric_loops.KEY), []).append(row)
    for key, (_, expected, _) in found.items():
        for name in ("asked_at", "replied_at", "replied_by", "response_seconds"):
            values = [row[name] for row in responses.get(key, [])]
            equal(f"{label}: {name} of {' '.join(key)}", values, [one[name] for one in expected])
    places = ("day", "source", "agent_id", "channel", "locale")
    daily = {tuple(row[name] for name in places): row for row in rows(connection, "daily_stats")}
    expected_days = metric_loops.days(found, meaning, zone)
    equal(f"{label}: days", daily.keys(), expected_days.keys())
    for key, expected in expected_days.items():
        for name, value in expected.items():
            equal(f"{label}: {name} of {key}", daily[key][name], value)
    # Chats that are handed off, contained or abandoned are not counted twice, so contained ones and the others are all.
    for key, row in daily.items():
        equal(f"{label}: messages of roles {key}", row["human_messages"] + row["bot_messages"] <= row["messages"], True)
        if row["containment"] is not None:
            equal(f"{label}: shares of {key}", row["containment"] + row["handoff"] <= 1 + 1e-9, True)
    # Nothing is multiplied and nothing is lost: the days add up to the tables.
    total = connection.execute(
        "SELECT sum(messages), sum(opened), sum(replies), sum(ended) FROM daily_stats"
    ).fetchone()
    n_ended = sum(row["ended"] for row in stats.values())
    n_replies = sum(len(rows) for rows in responses.values())
    equal(f"{label}: sums of the days", total, (len(tables["messages"]), len(stats), n_replies, n_ended))


def load(lake, zone, as_of, abandoned_after, copies=True):
    """A connection with the views over a lake, as docs/metrics.md has it; `copies` reads the lake once."""
    connection = duckdb.connect()
    # No result depends on the zone of whoever asks.
    connection.execute("SET TimeZone = 'Asia/Tokyo'")
    for name in FILES:
        if name == "local_copy" and not copies:
            continue
        connection.execute((SQL / f"{name}.sql").read_text(encoding="utf-8"))
        if name == "settings":
            quoted = str(lake).replace("'", "''")
            connection.execute(f"SET VARIABLE lake = '{quoted}'")
            connection.execute(f"SET VARIABLE zone = '{zone}'")
            connection.execute(f"SET VARIABLE as_of = TIMESTAMPTZ '{as_of}'")
            connection.execute(f"SET VARIABLE abandoned_after = {abandoned_after}")
    return connection


def utc():
    """A connection that shows times in UTC."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def rows(connection, name):
    """Rows as dicts, with times in microseconds and days as text."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE fetched AS FROM {name}")
    columns = {row[0]: row[1] for row in connection.execute("DESCRIBE fetched").fetchall()}
    forms = {"TIMESTAMP WITH TIME ZONE": 'epoch_us("{}")', "DATE": 'CAST("{}" AS VARCHAR)'}
    asked = ", ".join(forms.get(kind, '"{}"').format(column) for column, kind in columns.items())
    return [dict(zip(columns, row)) for row in connection.execute(f"SELECT {asked} FROM fetched").fetchall()]


def both(connection, name):
    """All rows in one order."""
    return sorted(rows(connection, name), key=lambda row: [str(value) for value in row.values()])


def check_values(label, found, expected):
    for name, (value, reason) in expected.items():
        if name.endswith(("_at", "_since")):
            value = micros(value)
        equal(f"{label}: {name} ({reason})", found[name], value)


def micros(text):
    """Microseconds of a time in UTC."""
    if text is None:
        return None
    moment = datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.timezone.utc)
    return round(
        (moment - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)) / datetime.timedelta(microseconds=1)
    )


def equal(label, found, expected):
    same = found == expected
    if isinstance(found, float) and isinstance(expected, (int, float)):
        same = math.isclose(found, expected, rel_tol=1e-9, abs_tol=1e-6)
    if not same:
        wrong.append(f"{label}: {found}, expected {expected}")


def link(tree, other):
    shutil.copytree(tree, other, copy_function=os.link)


def flatten(binary, stream, file, lake):
    call([binary, "flatten", stream, str(file), "--to", str(lake), "--set", PARAMS[stream.split("/")[0]], "-q"])


def call(words):
    # Where no folder `pipelines` stands, so that the built-in ones count.
    ended = subprocess.run(words, cwd=tempfile.gettempdir(), stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if ended.returncode != 0:
        sys.exit(f"{' '.join(words)} ends with {ended.returncode}: {ended.stderr}")


if __name__ == "__main__":
    main(*sys.argv[1:])
