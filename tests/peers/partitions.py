"""What partitions of days and of months cost: bytes and files that a daily run writes, and how long readers take.

Messages of AgentX, so many a day, are flattened into a lake that is cut by days and into one that is cut by months; then one more day
comes, of which a tenth of the conversations began the day before. DuckDB, and Spark where there is Java, count the messages of each role
in a day, in a month and in all, the table's folder being opened each time. Prints a table, and lines `figure NAME VALUE`.
"""

import argparse
import datetime
import json
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import tempfile
import time

FIRST = datetime.date(2024, 1, 1)
PER_CONVERSATION = 10
WORDS = "when will my order be here please it was sent last week and nothing has come so far thank you".split()


def page_file(path, days, a_day, seed):
    """Pages of these days, a line each: {"success": true, "data": [...]}."""
    made = random.Random(seed)
    with path.open("w", encoding="utf-8") as file:
        for day in days:
            midnight = int(datetime.datetime.combine(FIRST, datetime.time(), datetime.timezone.utc).timestamp()) + day * 86_400
            records = []
            for number in range(a_day):
                conversation = number // PER_CONVERSATION
                # Every tenth conversation began the day before.
                began = day - 1 if conversation % 10 == 0 and number % PER_CONVERSATION >= PER_CONVERSATION // 2 else day
                records.append({
                    "_id": f"{made.getrandbits(96):024x}",
                    "conversationId": f"{(began * 1_000_003 + conversation) * 0x9E3779B97F4A7C15F39CC061 % (1 << 96):024x}",
                    "type": "UserInput" if number % 2 else "BotOutput",
                    "userInput": " ".join(made.choices(WORDS, k=made.randrange(3, 30))),
                    "time": midnight + number * 86_400 // a_day,
                })
                if len(records) == 1000:
                    file.write(json.dumps({"success": True, "data": records}) + "\n")
                    records = []
            if records:
                file.write(json.dumps({"success": True, "data": records}) + "\n")


def flatten(binary, pages, lake, by):
    command = [binary, "flatten", "agentx/messages", pages, "--to", lake, "-q"]
    command += ["--set", "params.bot_name=bench", "--set", f"partition_by={by}"]
    begun = time.monotonic()
    # In a folder without pipelines of its own, so that those of the binary count.
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL, cwd=lake.parent)
    return time.monotonic() - begun


def files(lake):
    found = (lake / "messages").rglob("*.parquet")
    return {path: (path.stat().st_ino, path.stat().st_mtime_ns, path.stat().st_size) for path in found}


def spans(n_days):
    """A day and a month in the middle of all."""
    day = FIRST + datetime.timedelta(days=n_days // 2)
    first = day.replace(day=1)
    month = ((first + datetime.timedelta(days=32)).replace(day=1) - datetime.timedelta(days=1))
    return {"day": f"date = DATE '{day}'", "month": f"date BETWEEN DATE '{first}' AND DATE '{month}'", "all": "true"}


def times_of(ask, where, repeat):
    taken = []
    for _ in range(repeat):
        begun = time.monotonic()
        rows = ask(where)
        taken.append(time.monotonic() - begun)
    return statistics.median(taken), sorted(tuple(row) for row in rows)


def duckdb_asks(lake):
    import duckdb

    connection = duckdb.connect(config={"threads": 2})
    table = f"read_parquet('{lake}/messages/**/*.parquet', hive_partitioning = true)"

    def ask(where):
        question = f"SELECT role, count(*), count(DISTINCT conversation_id) FROM {table} WHERE {where} GROUP BY ALL"
        return connection.execute(question).fetchall()

    return ask


def spark_asks(session, lake):
    def ask(where):
        frame = session.read.parquet(f"{lake}/messages")
        frame.createOrReplaceTempView("messages")
        question = f"SELECT role, count(*), count(DISTINCT conversation_id) FROM messages WHERE {where} GROUP BY role"
        return session.sql(question).collect()

    return ask


def spark_session():
    from pyspark.sql import SparkSession

    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    builder = SparkSession.builder.master("local[2]")
    settings = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": "2",
        "spark.log.level": "ERROR",
    }
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("binary", type=pathlib.Path, help="convolake")
    parser.add_argument(
        "--days", default="10:730,1000:365,100000:90", help="messages a day, and of how many days, as in 10:730,1000:365"
    )
    parser.add_argument("--repeat", type=int, default=5)
    given = parser.parse_args()
    binary = given.binary.resolve()
    spark = spark_session() if shutil.which("java") else None
    if spark is None:
        print("skipped: Spark, since there is no java on the PATH")
    rows = []
    for part in given.days.split(","):
        a_day, n_days = map(int, part.split(":"))
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            page_file(folder / "before.jsonl", range(n_days), a_day, 1)
            page_file(folder / "daily.jsonl", range(n_days, n_days + 1), a_day, 2)
            answers = []
            for by in ("day", "month"):
                lake = folder / by
                flatten(binary, folder / "before.jsonl", lake, by)
                before = files(lake)
                seconds = flatten(binary, folder / "daily.jsonl", lake, by)
                after = files(lake)
                written = [size for path, (*_, size) in after.items() if before.get(path) != after[path]]
                figures = {
                    "files": len(after),
                    "megabytes": sum(size for *_, size in after.values()) / 1e6,
                    "daily_run_files": len(written),
                    "daily_run_megabytes": sum(written) / 1e6,
                    "daily_run_seconds": seconds,
                }
                asked = {"duckdb": duckdb_asks(lake)}
                if spark:
                    asked["spark"] = spark_asks(spark, lake)
                for reader, ask in asked.items():
                    if reader == "spark":
                        ask("true")
                    for span, where in spans(n_days).items():
                        figures[f"{reader}_{span}_seconds"], answer = times_of(ask, where, given.repeat)
                        answers.append((span, answer))
                rows.append((a_day, n_days, by, figures))
            for span, answer in answers:
                if any(span == other and answer != given_answer for other, given_answer in answers):
                    raise SystemExit(f"{a_day} a day: the answers for a {span} differ")
    names = list(rows[0][3])
    print("| messages a day | days | cut by | " + " | ".join(name.replace("_", " ") for name in names) + " |")
    print("| ---: | ---: | --- |" + " ---: |" * len(names))
    for a_day, n_days, by, figures in rows:
        cells = [f"{value:,}" if isinstance(value, int) else f"{value:.3f}" for value in figures.values()]
        print(f"| {a_day:,} | {n_days} | {by} | " + " | ".join(cells) + " |")
    for a_day, _, by, figures in rows:
        for name, value in figures.items():
            print(f"figure partitions_{a_day}_a_day_by_{by}_{name} {value}")


if __name__ == "__main__":
    main()
