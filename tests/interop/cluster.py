"""A replay on a cluster against that of one machine: the same files, byte for byte, whatever becomes of tasks.

Arguments: the binary, a lake with landed pages of both pipelines, and `steps`, `spark` or `sail` (and `dies`, by itself). `steps` is a scheduler of this file's own,
which does to tasks what clusters do to them, and more often.
"""

import hashlib
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from contextlib import contextmanager
from functools import partial

import pyarrow

import convolake
from convolake import _convolake
from convolake.spark.replay import folded, made, mapped, replay

BINARY, LAKE, HOW = sys.argv[1:4]
# Nothing here has to outlive a power cut, and syncing takes time.
tempfile.tempdir = "/dev/shm" if pathlib.Path("/dev/shm").is_dir() else None
PIPELINES = ["agentx", "convocore"]
SETTINGS = [{}, {"buckets": 4}, {"buckets": 4, "partition_by": "day"}, {"buckets": 4, "publish": ["delta"]}]


def files(lake: pathlib.Path) -> dict[str, str]:
    """The table files of a lake with their SHA-256."""
    return {str(file.relative_to(lake)): hashlib.sha256(file.read_bytes()).hexdigest() for file in lake.rglob("*.parquet")}


def binary(*words: str, code: int = 0) -> str:
    done = subprocess.run([BINARY, *words], capture_output=True, text=True)
    assert done.returncode == code, (words, done.returncode, done.stderr)
    return done.stderr


@contextmanager
def copies(without_tables: bool):
    """Two copies of the lake."""
    with tempfile.TemporaryDirectory() as folder:
        one, other = pathlib.Path(folder) / "one", pathlib.Path(folder) / "other"
        for copy in (one, other):
            shutil.copytree(LAKE, copy)
            if without_tables:
                for file in copy.rglob("*.parquet"):
                    file.unlink()
        yield one, other


def compare(run, settings: dict, without_tables: bool) -> int:
    """Both pipelines, replayed by the binary in one copy, and by `run` in the other."""
    with copies(without_tables) as (one, other):
        for pipeline in PIPELINES:
            words = [word for key, value in settings.items() for word in ("--set", f"{key}={json.dumps(value)}")]
            binary("replay", pipeline, "--to", str(one), *words)
            report = run(pipeline, str(other), settings)
            assert report["outcome"] == "done" and report["command"] == "replay", report
            assert report["streams"] and all(stream["pages"] > 0 for stream in report["streams"])
        assert files(one) == files(other), (settings, without_tables)
        if not settings or "publish" in settings:
            binary("verify", "--to", str(other))
        staging = other / "_convolake" / "staging"
        assert not list(staging.rglob("*.staged")), "staged files stay"
        return len(files(other))


class Scheduler:
    """Carries the steps out in this process. Tasks come in any order; each is begun and given up, made, and made once more, and of two attempts
    either counts (apache/spark#4066: speculative attempts committed to one file; apache/spark#8317: an attempt wrote where results
    stand).
    """

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def attempts(self, step, batches: list) -> list:
        given_up = step(batches)
        next(given_up, None)
        given_up.close()
        results = [list(step(batches)) for _ in range(2)]
        return results[self.chance.randrange(2)]

    def shuffled(self, batches: list, n_partitions: int) -> list[list]:
        """Rows by a hash of their first column, in any order, a row a batch."""
        partitions = defaultdict(list)
        for batch in batches:
            for row in range(batch.num_rows):
                key = str(batch.column(0)[row].as_py()).encode()
                partitions[hashlib.md5(key).digest()[0] % n_partitions].append(batch.slice(row, 1))
        for rows in partitions.values():
            self.chance.shuffle(rows)
        return list(partitions.values())

    def steps(self, job) -> tuple[list[bytes], list[bytes]]:
        tasks = job.tasks(20_000)
        ids = [[pyarrow.record_batch([pyarrow.array([task])], ["id"])] for task in range(len(tasks))]
        self.chance.shuffle(ids)
        rows = [batch for task in ids for batch in self.attempts(partial(mapped, job.plan, tasks), task)]
        folds = [batch for part in self.shuffled(rows, job.parts) for batch in self.attempts(partial(folded, job.plan), part)]
        told = [batch for part in self.shuffled(folds, 3) for batch in self.attempts(partial(made, job.plan), part)]
        told = [row for batch in told for row in batch.to_pylist()]
        return [row["told"] for row in told if row["is_note"]], [row["told"] for row in told if not row["is_note"]]

    def replay(self, pipeline: str, to: str, settings: dict) -> dict:
        job = _convolake.ClusterReplay(pipeline, to, set=settings, parts=self.chance.choice([1, 3, 7]))
        report = job.commit(*self.steps(job))
        return report


def everything(root: pathlib.Path) -> dict[str, str]:
    """All files but for what is void without a commit: staged ones, and what tells who holds the lease."""
    void = ("_convolake/staging", "lease")
    found = {str(file.relative_to(root)): file.read_bytes() for file in root.rglob("*") if file.is_file()}
    return {name: hashlib.sha256(content).hexdigest() for name, content in found.items() if not any(word in name for word in void)}


def refused(call, text: str) -> None:
    try:
        call()
    except convolake.Error as error:
        assert text in str(error), str(error)
    else:
        raise AssertionError(f"not refused: {text}")


def driver_dies() -> None:
    """A driver that ends before its commit leaves the lake as it was, and nobody waits for it."""
    with copies(without_tables=False) as (lake, _):
        before = everything(lake)
        words = [sys.executable, "-B", __file__, BINARY, str(lake), "dies"]
        died = subprocess.run(words, capture_output=True, text=True)
        assert died.returncode == 9, died.stderr
        assert everything(lake) == before
        binary("verify", "--to", str(lake))
        binary("replay", "convocore", "--to", str(lake))
        assert not list((lake / "_convolake" / "staging").rglob("*.staged"))


def dies() -> None:
    Scheduler(1).steps(_convolake.ClusterReplay("convocore", LAKE, set={"buckets": 4}, parts=2))
    os._exit(9)


def nothing_is_lost() -> None:
    """What a task did not tell is missed; the lease keeps others out; rows that no page gives are not taken away."""
    with copies(without_tables=False) as (lake, _):
        before = everything(lake)
        job = _convolake.ClusterReplay("convocore", str(lake), set={"buckets": 4}, parts=2)
        binary("replay", "convocore", "--to", str(lake), code=75)
        notes, told = Scheduler(2).steps(job)
        # A note without pages is one of a fold.
        refused(lambda: job.commit([], told), "nothing was published")
        refused(lambda: job.commit(notes, told), "has ended already")
        assert everything(lake) == before
        job = _convolake.ClusterReplay("convocore", str(lake), parts=2)
        notes, told = Scheduler(3).steps(job)
        refused(lambda: job.commit(notes, told + told[:1]), "a file was made twice")
        job = _convolake.ClusterReplay("convocore", str(lake), parts=2)
        notes, _ = Scheduler(4).steps(job)
        refused(lambda: job.commit(notes, []), "fewer than it has")
        job = _convolake.ClusterReplay("convocore", str(lake), parts=2)
        job.close()
        page = lake / "page.json"
        page.write_text('{"success":true,"data":[{"metadata":{"ID":"of-a-file","ts":1735689600},"turns":[]}]}')
        binary("flatten", "convocore/export", "--set", "params.agent_id=demo-agent", "--to", str(lake), str(page))
        refused(lambda: _convolake.ClusterReplay("convocore", str(lake)), "1 of flattened files")


def steps() -> None:
    for seed, settings in enumerate(SETTINGS):
        for without_tables in (True, False) if settings == SETTINGS[0] else (False,):
            n_files = compare(Scheduler(seed).replay, settings, without_tables)
            print(f"cluster: {n_files} files are the same in steps, {settings}, {'no tables' if without_tables else 'tables'} before")
    driver_dies()
    nothing_is_lost()


def flaky(step, kind: str, folder: str):
    """A step that fails behind its work, the first time that a task of the kind comes so far."""

    def attempt(*arguments):
        yield from step(*arguments)
        try:
            pathlib.Path(folder, kind).touch(exist_ok=False)
        except FileExistsError:
            return
        raise RuntimeError(f"{kind}: this attempt fails behind its work")

    return attempt


def spark() -> None:
    """Spark tries a task again that failed; batches stay small (apache/spark#50080: ten thousand large rows in one batch)."""
    os.environ["PYSPARK_PYTHON"] = sys.executable
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[2,4]").config("spark.ui.enabled", "false")
    builder = builder.config("spark.speculation", "true").config("spark.sql.shuffle.partitions", "4")
    session = builder.config("spark.sql.session.timeZone", "UTC").getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    with tempfile.TemporaryDirectory() as folder:
        steps = sys.modules["convolake.spark.replay"]
        whole = {name: getattr(steps, name) for name in ("mapped", "folded", "made")}
        for name, step in whole.items():
            setattr(steps, name, flaky(step, name, folder))
        run = lambda pipeline, to, settings: replay(session, pipeline, to, set=settings, parts=3, task_bytes=20_000)
        print(f"cluster: {compare(run, {'buckets': 4}, False)} files are the same by Spark, whose tasks failed")
        assert {file.name for file in pathlib.Path(folder).iterdir()} == set(whole)
        for name, step in whole.items():
            setattr(steps, name, step)
    source(session, "spark")
    by_command_in(session)
    session.stop()


def by_command_in(session) -> None:
    """The command goes by a session that is there, and leaves it be, as jobs of Databricks ask for."""
    from convolake.spark.__main__ import main

    with copies(without_tables=False) as (lake, _):
        sys.argv = ["replay", "replay", "convocore", "--to", str(lake), "--set", "buckets=2", "--parts", "2"]
        assert main() == 0
    assert session.range(3).count() == 3


def sail() -> None:
    """Sail speaks Spark's protocol, and has its own sizes of batches (lakehq/sail#651)."""
    from pysail.spark import SparkConnectServer
    from pyspark.sql import SparkSession

    server = SparkConnectServer("127.0.0.1", 0)
    server.start()
    host, port = server.listening_address
    session = SparkSession.builder.remote(f"sc://{host}:{port}").getOrCreate()
    run = lambda pipeline, to, settings: replay(session, pipeline, to, set=settings, parts=3, task_bytes=20_000)
    for settings, without_tables in [(SETTINGS[0], True), (SETTINGS[1], False)]:
        print(f"cluster: {compare(run, settings, without_tables)} files are the same by Sail, {settings}")
    source(session, "sail")
    session.stop()
    server.stop()


def source(session, engine: str) -> None:
    """The data source gives the rows that the module gives, in several partitions, with exact types."""
    from convolake.spark import ConvolakeDataSource

    session.dataSource.register(ConvolakeDataSource)
    folder = str(next(pathlib.Path(LAKE).glob("raw/convocore/export")))
    reader = session.read.format("convolake").option("pipeline", "convocore").option("stream", "export")
    reader = reader.option("params", '{"agent_id": "demo-agent"}').option("partitionBytes", "20000").option("onReject", "drop")
    for table in ("conversations", "messages"):
        rows = reader.option("table", table).load(folder)
        pages = sorted(str(file) for file in pathlib.Path(folder).rglob("*.jsonl.zst"))
        expected = convolake.Pipeline("convocore").flatten(pages, "export", {"agent_id": "demo-agent"})[table]
        assert rows.count() == len(expected) > 0, (rows.count(), len(expected))
        key = "message_id" if table == "messages" else "conversation_id"
        found = sorted(row[0] for row in rows.select(key).collect())
        assert found == sorted(pyarrow.table(expected).column(key).to_pylist())
        assert not rows.schema[key].nullable
    print(f"cluster: the data source gives the rows of the module, by {engine}")


{"steps": steps, "dies": dies, "spark": spark, "sail": sail}[HOW]()
