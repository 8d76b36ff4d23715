"""Fails where a derived table that `convolake-marts mart` builds is not, row for row, what docs/sql gives by DuckDB.

usage: marts.py CONVOLAKE CONVOLAKE_MARTS [PAGES]

CONVOLAKE and CONVOLAKE_MARTS are the built binaries. Looked at are conversations written by hand (metric_cases), with and without
business hours, and generated ones, or the page files in PAGES, named as the simulator names them. Then some conversations change, and what is
built upon what was there must be, byte for byte, what is built from nothing.
"""

import gzip
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import metric_cases
import metrics
from metrics import equal, rows, wrong

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
# By derived table: the view of docs/sql, and the columns by which a row is told apart.
TABLES = {
    "turns": ("derived_turns", ("agent_id", "conversation_id", "turn_index")),
    "response_times": ("response_times", ("agent_id", "conversation_id", "reply")),
    "conversation_stats": ("conversation_stats", ("agent_id", "conversation_id")),
    "daily_stats": ("daily_stats", ("day", "agent_id", "channel", "locale")),
}
WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


def main(binary, marts, pages=None):
    binary, marts, pages = os.path.abspath(binary), os.path.abspath(marts), pages and os.path.abspath(pages)
    memory = "/dev/shm"
    with tempfile.TemporaryDirectory(dir=memory if os.path.isdir(memory) else None) as folder:
        folder = pathlib.Path(folder)
        by_hand(binary, marts, folder)
        generated(binary, marts, folder, pages)
    if wrong:
        sys.exit("\n".join(wrong[:40] + [f"{len(wrong)} values are wrong"]))


def by_hand(binary, marts, folder):
    lake = folder / "by hand"
    for stream, records in metric_cases.pages().items():
        file = folder / f"{metrics.STEMS[stream]}.json.gz"
        file.write_bytes(gzip.compress(json.dumps({"success": True, "data": records}).encode()))
        metrics.flatten(binary, stream, file, lake)
    as_of, after, zone = metric_cases.AS_OF, metric_cases.ABANDONED_AFTER, metric_cases.ZONE
    calendars = [
        ([], []),
        ([(day, 540, 1020) for day in range(1, 6)], ["2025-03-18"]),
        (metric_cases.ODD_HOURS, ["2025-03-18"]),
    ]
    for slots, holidays in calendars:
        project = folder / f"project {len(slots)}"
        write_pipelines(project, zone, after, slots, holidays)
        connection = metrics.load(lake, zone, as_of, after)
        for weekday, opens, closes in slots:
            values = [weekday, clock(opens), clock(closes)]
            connection.execute("INSERT INTO business_hours VALUES (?, CAST(? AS TIME), CAST(? AS TIME))", values)
        for day in holidays:
            connection.execute("INSERT INTO holidays VALUES (?)", [day])
        build(marts, project, lake, as_of)
        compare(f"by hand, {len(slots)} slots", connection, lake)


def generated(binary, marts, folder, pages):
    lake = folder / "both"
    if pages is None:
        pages = folder / "pages"
        metrics.call([binary, "simulate", "--conversations", "60", "--pages-to", str(pages)])
    for stream, stem in metrics.STEMS.items():
        metrics.flatten(binary, stream, pathlib.Path(pages) / f"{stem}.jsonl.zst", lake)
    newest = f"SELECT CAST(max(sent_at) + INTERVAL 1 HOUR AS VARCHAR) FROM read_parquet('{lake}/messages/**/*.parquet')"
    zone, as_of, after = "America/New_York", metrics.utc().execute(newest).fetchone()[0], 86_400
    project = folder / "project"
    write_pipelines(project, zone, after, [], [])
    began = time.monotonic()
    build(marts, project, lake, as_of)
    took = time.monotonic() - began
    connection = metrics.load(lake, zone, as_of, after)
    n_messages = connection.execute("SELECT count(*) FROM messages").fetchone()[0]
    print(f"figure: derived tables of {n_messages} messages in {took:.1f} s")
    compare("generated", connection, lake)
    # Nothing changed: nothing is built, and nothing is written.
    before = stamps(lake)
    for source in build(marts, project, lake, as_of)["sources"]:
        equal(f"months of {source['source']} built anew where nothing changed", source["months"], [])
    equal("files where nothing changed", stamps(lake), before)
    # In the smallest memory that is taken, months are made in shares, and bytes are the same.
    found = contents(lake)
    shutil.rmtree(lake / "marts")
    shutil.rmtree(lake / "_convolake" / ".marts")
    build(marts, project, lake, as_of, "--memory", "256MB")
    equal("bytes in little memory", contents(lake), found)
    # Up to the newest commit, where each month settles by itself.
    build(marts, project, lake, None)
    settled = contents(lake)
    shutil.rmtree(lake / "marts")
    shutil.rmtree(lake / "_convolake" / ".marts")
    build(marts, project, lake, None)
    equal("bytes of a build from nothing", contents(lake), settled)


def write_pipelines(project, zone, after, slots, holidays):
    """The built-in pipelines, with a zone, hours and holidays."""
    (project / "pipelines").mkdir(parents=True, exist_ok=True)
    hours = {name: [] for name in WEEKDAYS}
    for weekday, opens, closes in slots:
        hours[WEEKDAYS[weekday - 1]].append(f"{clock(opens)}-{clock(closes)}")
    more = {"zone": zone, "abandoned_after": f"{after}s", "business_hours": hours, "holidays": holidays}
    lines = "".join(f"  {name}: {json.dumps(value)}\n" for name, value in more.items())
    for source in metrics.PARAMS:
        text = (REPOSITORY / "pipelines" / f"{source}.yaml").read_text(encoding="utf-8")
        text = text.replace("meaning:\n", "meaning:\n" + lines, 1)
        (project / "pipelines" / f"{source}.yaml").write_text(text, encoding="utf-8")


def clock(minutes):
    return f"{minutes // 60:02}:{minutes % 60:02}"


def build(marts, project, lake, as_of, *more):
    words = [marts, "mart", "--to", str(lake), "--output", "json", *more]
    if as_of is not None:
        words += ["--as-of", as_of.replace(" ", "T").replace("+00", "Z")]
    ended = subprocess.run(words, cwd=project, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if ended.returncode != 0:
        sys.exit(f"{' '.join(words)} ends with {ended.returncode}: {ended.stderr}")
    return json.loads(ended.stdout)


def compare(label, connection, lake):
    for table, (view, key) in TABLES.items():
        expected = {tuple([row["source"], *(row[name] for name in key)]): row for row in rows(connection, view)}
        connection.execute(
            f"CREATE OR REPLACE TEMP VIEW mart AS FROM read_parquet('{lake}/marts/{table}/source=*/**/*.parquet',"
            " hive_partitioning = true, hive_types = {'source': VARCHAR}, union_by_name = true)"
        )
        found = {tuple([row["source"], *(row[name] for name in key)]): row for row in rows(connection, "mart")}
        equal(f"{label}: number of rows of {table}", len(rows(connection, "mart")), len(found))
        equal(f"{label}: rows of {table}", found.keys() ^ expected.keys(), set())
        equal(f"{label}: {table} has rows", len(found) > 0, True)
        for name, row in expected.items():
            for column, value in row.items():
                if name in found:
                    equal(f"{label}: {table}.{column} of {name}", found[name].get(column, "no such column"), value)


def stamps(lake):
    return {path: path.stat().st_mtime_ns for path in (lake / "marts").rglob("*.parquet")}


def contents(lake):
    return {str(path.relative_to(lake)): path.read_bytes() for path in sorted((lake / "marts").rglob("*.parquet"))}


if __name__ == "__main__":
    main(*sys.argv[1:])
