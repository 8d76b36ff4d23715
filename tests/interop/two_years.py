"""Fails where the derived tables of two years, built quarter by quarter, are not what docs/sql gives by DuckDB.

usage: two_years.py CONVOLAKE CONVOLAKE_MARTS [CONVERSATIONS]

CONVOLAKE and CONVOLAKE_MARTS are the built binaries. The simulator's conversations, which lie within three months, come nine times over: each
quarter with ids of its own, and ninety days after the one before. After every fourth quarter the derived tables are brought up to date, so that
those looked at in the end are the work of three builds, each of what changed: rows that came later than their day's build was
(fivetran/dbt_jira#118, meltano/squared#570, dlt-hub/dlt#2269) are not to be missed. A reader of Arrow must get the rows that DuckDB gets.
"""

import datetime
import gzip
import json
import os
import pathlib
import re
import shutil
import sys
import tempfile
import time

import pyarrow
import pyarrow.parquet

import marts
import metrics
import readers
from metrics import equal, wrong

QUARTERS = 9
DAYS = 90
# Quarters between two builds.
YEAR = 4
# Where a record says when something was, and whose it is.
TIMES = {"time", "startTime", "lastActionAt", "ts", "firstMessageTS", "lastMessageTS", "lastModified"}
IDS = {"_id", "conversationId", "ID"}
ISO = re.compile(r"\d{4}-\d{2}-\d{2}(?=[T ])")
SPOKEN = re.compile(r"(?P<day>[A-Z][a-z]+ \d+)(?:st|nd|rd|th) (?P<year>\d{4})(?=,)")
ZONE, AFTER = "America/New_York", 86_400
# Behind the last message of the last quarter.
AS_OF = "2025-03-05 00:00:00+00"


def main(binary, marts_binary, conversations="100"):
    binary, marts_binary = os.path.abspath(binary), os.path.abspath(marts_binary)
    memory = "/dev/shm"
    with tempfile.TemporaryDirectory(dir=memory if os.path.isdir(memory) else None) as folder:
        folder = pathlib.Path(folder)
        lake, project = folder / "lake", folder / "project"
        marts.write_pipelines(project, ZONE, AFTER, [], [])
        by_quarters(binary, marts_binary, folder, conversations)
        by_arrow(lake)
        by_spark(lake)
        began = time.monotonic()
        connection = metrics.load(lake, ZONE, AS_OF, AFTER)
        marts.compare("two years", connection, lake)
        days = "SELECT count(DISTINCT day), max(day) - min(day) FROM daily_stats"
        n_days, span = connection.execute(days).fetchone()
        equal(f"{n_days} days over {span} are two years", n_days > 600 and span > 730, True)
        n_messages = connection.execute("SELECT count(*) FROM messages").fetchone()[0]
        print(f"figure: {n_messages} messages of {n_days} days by the SQL and compared in {time.monotonic() - began:.1f} s")
    if wrong:
        sys.exit("\n".join(wrong[:40] + [f"{len(wrong)} values are wrong"]))


def by_quarters(binary, marts_binary, folder, conversations):
    """A lake that grows by a quarter at a time, with its derived tables brought up to date after every fourth."""
    lake, project = folder / "lake", folder / "project"
    took = 0
    for quarter in range(QUARTERS):
        pages = folder / f"pages {quarter}"
        words = ["--conversations", conversations, "--seed", str(quarter + 1), "--pages-to", str(pages)]
        metrics.call([binary, "simulate", *words])
        for stream, stem in metrics.STEMS.items():
            file = folder / f"{stem}.jsonl.gz"
            file.write_bytes(gzip.compress(moved_pages(pages / f"{stem}.jsonl.zst", quarter).encode(), 1))
            metrics.flatten(binary, stream, file, lake)
        shutil.rmtree(pages)
        if quarter % YEAR != 0:
            continue
        began = time.monotonic()
        for source in marts.build(marts_binary, project, lake, AS_OF)["sources"]:
            # Four quarters lie in thirteen months, with the one that was not over in fourteen; what has no date comes with any. Convocore's
            # messages without a date lie in one file, and it brings all months of their conversations with it.
            label = f"months of {source['source']} built after quarter {quarter}, of {source['all_months']}: {source['months']}"
            equal(label, len(source["months"]) <= (15 if source["source"] == "agentx" else source["all_months"]), True)
        took += time.monotonic() - began
    print(f"figure: derived tables brought up to date after every fourth of {QUARTERS} quarters in {took:.1f} s")


def moved_pages(path, quarter):
    """The lines of a page file, with everything in them so many quarters later."""
    with pyarrow.input_stream(str(path), compression="zstd") as file:
        lines = file.read().decode("utf-8").split("\n")
    later = datetime.timedelta(days=DAYS * (quarter - QUARTERS + 1))
    lines = [json.dumps(moved(json.loads(line), later, f"-{quarter}"), ensure_ascii=False) for line in lines if line]
    return "".join(f"{line}\n" for line in lines)


def moved(value, later, mark):
    if isinstance(value, list):
        return [moved(one, later, mark) for one in value]
    if not isinstance(value, dict):
        return value
    named = {}
    for name, inner in value.items():
        if name in TIMES:
            named[name] = moved_time(inner, later)
        elif name in IDS and isinstance(inner, str):
            named[name] = inner + mark
        else:
            named[name] = moved(inner, later, mark)
    return named


def moved_time(value, later):
    if isinstance(value, str):
        value = ISO.sub(lambda found: str(datetime.date.fromisoformat(found[0]) + later), value)
        return SPOKEN.sub(lambda found: spoken(found, later), value)
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value > 1e8:
        # In seconds, or in a unit a thousand or a million times smaller.
        unit = 1 if value < 1e11 else 1_000 if value < 1e14 else 1_000_000
        return value + round(later.total_seconds()) * unit
    return value


def spoken(found, later):
    day = datetime.datetime.strptime(f"{found['day']} {found['year']}", "%B %d %Y") + later
    ending = "th" if 10 < day.day < 14 else {1: "st", 2: "nd", 3: "rd"}.get(day.day % 10, "th")
    return f"{day:%B} {day.day}{ending} {day.year}"


def by_arrow(lake):
    """Derived files as a reader of Arrow has them: plain texts, and the rows that DuckDB reads.

    Text views, which Polars names in its files, could not be filtered (pola-rs/polars#26435), or were read as null
    (risingwavelabs/risingwave#26915); large lists were not read at all (lance-format/lance-spark#733).
    """
    n_files, connection = 0, metrics.utc()
    for path in sorted((lake / "marts").rglob("*.parquet")):
        n_files += 1
        table = pyarrow.parquet.ParquetFile(path).read()
        for field in table.schema:
            plain = [pyarrow.string(), pyarrow.int32(), pyarrow.int64(), pyarrow.float64(), pyarrow.bool_()]
            plain += [pyarrow.date32(), pyarrow.timestamp("us", "UTC"), pyarrow.list_(pyarrow.string())]
            is_plain = any(field.type.equals(one) for one in plain)
            equal(f"{path.relative_to(lake)}: {field.name} is of the type {field.type}", is_plain, True)
        found = connection.sql(f"FROM read_parquet('{path}', hive_partitioning = false)").to_arrow_table()
        rows = [found.column(field.name).to_pylist() for field in table.schema]
        equal(f"{path.relative_to(lake)}: rows by pyarrow", [column.to_pylist() for column in table.columns], rows)
        if "locale" in table.schema.names:
            words = set(table.column("locale").to_pylist()) - {None}
            found = sum(pyarrow.parquet.read_table(path, filters=[("locale", "=", word)]).num_rows for word in words)
            equal(f"{path.relative_to(lake)}: rows by their locale", found, table.num_rows - table.column("locale").null_count)
    equal("derived files that pyarrow reads", n_files > 100, True)


def by_spark(lake):
    """Derived tables as Spark has them: the rows that DuckDB reads. Files of Polars could not be read once they had lists
    (pola-rs/polars#12929, pola-rs/polars#13818): `tags` is one.
    """
    if not shutil.which("java"):
        print("skipped: Spark, since there is no java on the PATH")
        return
    tables, connection = ("response_times", "conversation_stats", "daily_stats"), metrics.utc()
    spark = readers.Spark(lake / "marts", tables)
    forms = {"timestamp": "unix_micros({})", "date": "CAST({} AS STRING)"}
    for table in tables:
        columns = {name: kind for name, kind in spark.columns(table).items() if name not in ("source", "month")}
        asked = ", ".join(forms.get(kind, "{}").format(name) + f" AS {name}" for name, kind in columns.items())
        found = [row.asDict() for row in spark.session.sql(f"SELECT {asked} FROM {table}").collect()]
        files = f"read_parquet('{lake}/marts/{table}/*/*/*.parquet', hive_partitioning = false)"
        expected = metrics.rows(connection, f"{files}")
        in_order = lambda rows: sorted(([row[name] for name in columns] for row in rows), key=repr)
        equal(f"{table} by Spark", in_order(found) == in_order(expected), True)
        equal(f"{table} by Spark has rows", len(found) > 0, True)


if __name__ == "__main__":
    main(*sys.argv[1:])
