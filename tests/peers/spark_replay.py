"""A replay of a lake's export pages by one process, by Spark's executors, and what Spark's own `from_json` takes for the same pages: MB a second.

Usage: spark_replay.py BINARY LAKE [CORES]. LAKE has landed pages of `convocore`; it is copied, and the copies' tables are made anew. All figures
are of one run on one machine, in megabytes of page bodies as they came; Spark's own start is not counted, and told by itself.

`from_json` reads the bodies with the schema that the columns need, makes rows of conversations, turns and messages, keeps the newest row a
key, and writes Parquet by month. It keeps no field without a column, no value that does not fit, and no page's order.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

BINARY, LAKE = sys.argv[1], pathlib.Path(sys.argv[2])
CORES = int(sys.argv[3]) if len(sys.argv) > 3 else 2
TABLES = ("conversations", "turns", "messages", "leads")


def copy(folder: pathlib.Path, name: str) -> pathlib.Path:
    target = folder / name
    shutil.copytree(LAKE, target)
    for table in TABLES:
        shutil.rmtree(target / table, ignore_errors=True)
    return target


def bodies(lake: pathlib.Path, into: pathlib.Path) -> int:
    """The bodies of the landed pages that are whole by themselves, a line each in some files; gives their bytes."""
    import pyarrow

    n_bytes, n_left_out = 0, 0
    lines: list[list[str]] = [[] for _ in range(8)]
    for nth, file in enumerate(sorted(lake.glob("raw/convocore/export/**/*.jsonl.zst"))):
        for line in pyarrow.input_stream(str(file), compression="zstd").read().splitlines():
            body = json.loads(line).get("body")
            if not isinstance(body, str):
                n_left_out += 1
                continue
            n_bytes += len(body.encode())
            lines[nth % len(lines)].append(json.dumps(json.loads(body), separators=(",", ":")))
    for nth, some in enumerate(lines):
        (into / f"pages-{nth}.jsonl").write_text("\n".join(some))
    if n_left_out:
        print(f"left out for from_json: {n_left_out} pages that refer to others")
    return n_bytes


def by_from_json(spark, pages: pathlib.Path, to: pathlib.Path) -> None:
    from pyspark.sql import Window
    from pyspark.sql import functions as f

    record = (
        "metadata STRUCT<ID: STRING, ts: DOUBLE, userID: STRING, userName: STRING, userEmail: STRING, userPhone: STRING, userBrowser: STRING, "
        "userPlatform: STRING, origin: STRING, state: STRING, messagesNum: BIGINT, interactionsNum: BIGINT, sessionsNum: BIGINT, "
        "firstMessageTS: DOUBLE, lastMessageTS: DOUBLE, lastModified: DOUBLE>, "
        "turns ARRAY<STRUCT<`from`: STRING, messages: ARRAY<STRUCT<type: STRING, payload: STRING, ts: STRING>>>>"
    )
    bodies = spark.read.text(str(pages)).withColumn("page", f.input_file_name()).withColumn("place", f.monotonically_increasing_id())
    records = bodies.select("place", f.explode(f.from_json("value", f"data ARRAY<STRUCT<{record}>>").data).alias("r"))
    records = records.select("place", "r.*").withColumn("conversation_id", f.col("metadata.ID"))
    newest = Window.partitionBy("conversation_id").orderBy(f.desc("place"))
    records = records.withColumn("nth", f.row_number().over(newest)).where("nth = 1")
    records = records.withColumn("month", f.date_format(f.timestamp_seconds(f.col("metadata.ts")), "yyyy-MM")).cache()
    turns = records.select("conversation_id", "month", f.posexplode("turns").alias("turn_index", "turn"))
    messages = turns.select("conversation_id", "month", "turn_index", f.posexplode("turn.messages").alias("message_index", "m"))
    for name, rows, order in (
        ("conversations", records.select("conversation_id", "month", "metadata.*"), ["conversation_id"]),
        ("turns", turns.select("conversation_id", "month", "turn_index", "turn.from"), ["conversation_id", "turn_index"]),
        ("messages", messages.select("conversation_id", "month", "turn_index", "message_index", "m.*"), ["conversation_id", "turn_index", "message_index"]),
    ):
        rows.repartition("month").sortWithinPartitions(*order).write.option("compression", "zstd").partitionBy("month").parquet(str(to / name))
    records.unpersist()


def main() -> None:
    os.environ["PYSPARK_PYTHON"] = sys.executable
    from pyspark.sql import SparkSession

    from convolake.spark import replay

    with tempfile.TemporaryDirectory(dir=LAKE.parent) as folder:
        folder = pathlib.Path(folder)
        pages, own = folder / "pages", folder / "from_json"
        pages.mkdir()
        n_bytes_whole = bodies(LAKE, pages)
        one, other = copy(folder, "one"), copy(folder, "other")
        begun = time.monotonic()
        done = subprocess.run([BINARY, "replay", "convocore", "--to", str(one), "--output", "json"], capture_output=True, text=True, check=True)
        tell("convolake replay", sum(stream["bytes"] for stream in json.loads(done.stdout)["streams"]), begun)
        begun = time.monotonic()
        builder = SparkSession.builder.master(f"local[{CORES}]").config("spark.ui.enabled", "false").config("spark.driver.memory", "3g")
        spark = builder.config("spark.sql.session.timeZone", "UTC").config("spark.sql.shuffle.partitions", str(2 * CORES)).getOrCreate()
        spark.sparkContext.setLogLevel("OFF")
        spark.range(8, numPartitions=CORES).mapInArrow(lambda batches: batches, "id long").count()
        print(f"{'Spark starts':34} {time.monotonic() - begun:8.1f} s")
        begun = time.monotonic()
        report = replay(spark, "convocore", str(other), task_bytes=4 << 20)
        tell(f"convolake.spark, local[{CORES}]", sum(stream["bytes"] for stream in report["streams"]), begun)
        begun = time.monotonic()
        by_from_json(spark, pages, own)
        tell(f"Spark's from_json, local[{CORES}]", n_bytes_whole, begun)
        spark.stop()
        sums = [{file.relative_to(lake): file.read_bytes() for file in lake.rglob("*.parquet")} for lake in (one, other)]
        assert sums[0] == sums[1], "the files differ"
        print(f"{len(sums[0])} files, the same by both replays")


def tell(what: str, n_bytes: int, begun: float) -> None:
    seconds = time.monotonic() - begun
    print(f"{what:34} {seconds:8.1f} s {n_bytes / 1e6:8.1f} MB {n_bytes / 1e6 / seconds:8.1f} MB/s")


main()
