"""A replay of a lake's landed pages by one process, by Spark's executors, and what Spark's own `from_json` takes for the same pages: MB a second.

Usage: spark_replay.py BINARY FOLDER [--gigabytes 2] [--cores 1 2]

Makes a lake with so many gigabytes of export pages in FOLDER (tests/peers/landed_pages.py), unless it is there, and removes what it makes of it:
some three times the pages' bytes are in use for a while.
All figures are of one run on one machine, in megabytes (10^6) of page bodies as they came. Each line is a process of its own; Spark's start and its
first call of Python are not counted, and told by themselves. `convolake replay` is also held to one core, where the machine can do that.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import landed_pages

TABLES = ("conversations", "turns", "messages")


def copy(lake: pathlib.Path, to: pathlib.Path) -> pathlib.Path:
    """The lake without its tables; landed pages, which nobody changes, are linked."""
    to.mkdir()
    shutil.copytree(lake / "_convolake", to / "_convolake")
    shutil.copytree(lake / "raw", to / "raw", copy_function=os.link)
    return to


def part(how: str, cores: int, lake: pathlib.Path, to: pathlib.Path) -> None:
    """One measurement, in a process of its own: says the seconds of Spark's start, and of the work."""
    os.environ["PYSPARK_PYTHON"] = sys.executable
    from pyspark.sql import SparkSession

    begun = time.monotonic()
    builder = SparkSession.builder.master(f"local[{cores}]").config("spark.ui.enabled", "false").config("spark.driver.memory", "6g")
    builder = builder.config("spark.sql.session.timeZone", "UTC").config("spark.sql.shuffle.partitions", str(4 * cores))
    spark = builder.config("spark.local.dir", str(to.parent)).getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    spark.range(8, numPartitions=cores).mapInArrow(lambda batches: batches, "id long").count()
    start, begun = time.monotonic() - begun, time.monotonic()
    if how == "replay":
        from convolake.spark.replay import TASK_BYTES, replay

        n_bytes = sum(file.stat().st_size for file in lake.glob("raw/**/*.zst"))
        replay(spark, "convocore", str(lake), task_bytes=min(TASK_BYTES, n_bytes // (4 * cores) + 1))
    else:
        import spark_from_json
        from convolake.spark.source import struct_of

        import convolake

        columns = {table: struct_of(convolake.Pipeline("convocore").schema(table, "spark", of="lake")) for table in TABLES}
        spark_from_json.write_tables(spark, lake, to, landed_pages.AGENT, columns)
    print(json.dumps({"start": start, "seconds": time.monotonic() - begun}))
    spark.stop()


def by_spark(how: str, cores: int, lake: pathlib.Path, to: pathlib.Path) -> tuple[float, float]:
    words = [sys.executable, "-B", __file__, str(lake), str(to), "--part", how, "--cores", str(cores)]
    done = subprocess.run(words, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(done.stderr)
    measured = json.loads(done.stdout.splitlines()[-1])
    return measured["seconds"], measured["start"]


def by_binary(binary: str, lake: pathlib.Path, cores: int) -> tuple[float, float]:
    """Seconds, and CPU seconds."""
    words = [binary, "replay", "convocore", "--to", str(lake), "-q"]
    held = lambda: os.sched_setaffinity(0, range(cores)) if hasattr(os, "sched_setaffinity") else None
    begun = time.monotonic()
    child = subprocess.Popen(words, preexec_fn=held)
    _, status, used = os.wait4(child.pid, 0)
    if status != 0:
        sys.exit(f"{words} ended with {status}")
    return time.monotonic() - begun, used.ru_utime + used.ru_stime


def rows(folder: pathlib.Path) -> dict:
    """What is to be equal, whoever made the tables."""
    import duckdb

    counts = {}
    for table in TABLES:
        files = f"read_parquet('{folder}/{table}/**/*.parquet', hive_partitioning = true)"
        counts[table] = duckdb.sql(f"SELECT count(*), count(DISTINCT conversation_id), count(DISTINCT month) FROM {files}").fetchall()[0]
    files = f"read_parquet('{folder}/messages/**/*.parquet', hive_partitioning = true)"
    sums = "sum(length(text)), sum(length(payload)), sum(epoch_us(sent_at) // 1000 % 1000003)"
    counts["content"] = duckdb.sql(f"SELECT {sums} FROM {files}").fetchall()[0]
    return counts


def document(n_bytes: int, cores: list[int], speeds: dict[str, float]) -> None:
    """The figures as docs/scale-out.md has them."""
    print("\n| | " + " | ".join(f"{n_cores} cores" if n_cores > 1 else "1 core" for n_cores in cores) + " |")
    print("| --- |" + " ---: |" * len(cores))
    for what in ("convolake replay", "convolake.spark replay", "Spark's from_json"):
        found = [next(speed for name, speed in speeds.items() if name.startswith(what) and str(n_cores) in name) for n_cores in cores]
        print(f"| {what} | " + " | ".join(f"{speed:.1f} MB/s" for speed in found) + " |")
    most = max(cores)
    here = speeds[f"convolake replay, {most} cores"]
    a_core = speeds[f"convolake.spark replay, local[{most}]"] / most
    hours = 1e6 / here / 3600
    print(f"\n{n_bytes / 1e9:.2f} GB of pages. One machine of {most} cores: {here * 3.6:.0f} GB/h, a terabyte in {hours:.1f} h.")
    print(f"Spark takes {here / most / a_core:.1f} times the cores for the same: it is faster from {here / a_core:.0f} cores on.")
    for within in (1, 2, 4):
        n_cores = 1e6 / a_core / 3600 / within
        print(f"A terabyte within {within} h: {n_cores:.0f} cores, {n_cores / 4:.0f} executors of four.")


def main(binary: str, folder: pathlib.Path, gigabytes: float, cores: list[int]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / f"{gigabytes:g}-gigabytes"
    lake, lines = made / "lake", made / "lines"
    begun = time.monotonic()
    n_bytes = landed_pages.landed(binary, made, int(gigabytes * 1e9))
    landed = sum(file.stat().st_size for file in lake.glob("raw/**/*.zst"))
    print(f"{n_bytes / 1e6:.1f} MB of pages, landed as {landed / 1e6:.1f} MB in {time.monotonic() - begun:.1f} s", flush=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        scratch = pathlib.Path(scratch)
        most = max(cores)
        found = {}
        speeds = {}

        def tell(what: str, seconds: float, beside: str) -> None:
            speeds[what] = n_bytes / 1e6 / seconds
            print(f"{what:42} {seconds:8.1f} s {speeds[what]:8.1f} MB/s   {beside}", flush=True)

        for n_cores in cores:
            one = copy(lake, scratch / f"one-{n_cores}")
            seconds, cpu = by_binary(binary, one, n_cores)
            tell(f"convolake replay, {n_cores} cores", seconds, f"{cpu:.1f} CPU s")
            other = copy(lake, scratch / f"other-{n_cores}")
            seconds, start = by_spark("replay", n_cores, other, other)
            tell(f"convolake.spark replay, local[{n_cores}]", seconds, f"{start:.1f} s to start")
            sums = [{file.relative_to(of): file.read_bytes() for file in of.rglob("*.parquet")} for of in (one, other)]
            assert sums[0] == sums[1], "the files differ"
            if n_cores == most:
                found["lake"] = rows(one)
            shutil.rmtree(one)
            shutil.rmtree(other)
            seconds, start = by_spark("from_json", n_cores, lines, scratch / f"own-{n_cores}")
            tell(f"Spark's from_json, local[{n_cores}]", seconds, f"{start:.1f} s to start")
            found["from_json"] = rows(scratch / f"own-{n_cores}")
            shutil.rmtree(scratch / f"own-{n_cores}")
        print("files of both replays: the same, byte for byte")
        same = found["lake"] == found["from_json"]
        print(f"rows of from_json: {'those of the lake' if same else f'differ: {found}'}, {found['lake']}")
        document(n_bytes, cores, speeds)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--gigabytes", type=float, default=2.0)
    parser.add_argument("--cores", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--part", choices=["replay", "from_json"], help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.part:
        # The two places are the lake and where tables go.
        part(given.part, given.cores[0], pathlib.Path(given.binary), given.folder)
    else:
        main(given.binary, given.folder, given.gigabytes, given.cores)
