"""`convolake replay` on a cluster: landed pages to rows, rows by unit, rows by file, files, one commit.

Spark carries bytes; what is in them is the module's, and so is all that is done with it. Each step is a function of what it is given, and a
file that is written lies under a name of its own where no reader looks: an attempt that is made again, or twice at once, or never ends,
changes nothing. What `collect` gives is what one attempt of each task gave, and that alone is published, by this process, which holds the
lease meanwhile.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from convolake._convolake import ClusterReplay, Fold, TableFiles, map_pages

if TYPE_CHECKING:
    import pyarrow
    from pyspark.sql import SparkSession

TASK_BYTES = 32 << 20
"""Landed pages that one task flattens, in bytes as they lie there: some 300 MB as they came."""

MEMORY = 1_000_000_000
"""What a task may take, in bytes; beyond it rows are spilled to the executor's disk."""

NOTE = -1
"""In place of a part: what follows is for the driver."""

LOG = logging.getLogger("convolake.spark")

Batches = Iterable["pyarrow.RecordBatch"]


def replay(
    spark: SparkSession,
    pipeline: str,
    to: str,
    *,
    set: dict[str, Any] | None = None,
    parts: int | None = None,
    task_bytes: int = TASK_BYTES,
    memory: int = MEMORY,
) -> dict[str, Any]:
    """Rebuilds a pipeline's tables from its landed pages; gives the report of ``convolake replay --json``.

    ``pipeline``, ``set`` and ``to`` are as on the command line. Every executor has to reach the lake ``to`` (a bucket, or a folder that all
    share), and to have this module. ``parts`` is at least how many parts rows are folded in, the session's parallelism where it is left out.
    """
    parts = parts or parallelism(spark)
    job = ClusterReplay(pipeline, to, set=set, parts=parts, memory=memory)
    try:
        tasks = job.tasks(task_bytes)
        # A parcel has megabytes, and a batch of ten thousand would not fit into memory.
        with_small_batches(spark)
        ids = spark.range(0, len(tasks), 1, len(tasks))
        rows = ids.mapInArrow(partial(mapped, job.plan, tasks), "part int, parcel binary")
        folds = rows.repartition(job.parts, "part").mapInArrow(partial(folded, job.plan), "file string, parcel binary")
        files = folds.repartition(parts, "file").mapInArrow(partial(made, job.plan), "is_note boolean, told binary")
        told = files.collect()
        notes = [bytes(row.told) for row in told if row.is_note]
        return job.commit(notes, [bytes(row.told) for row in told if not row.is_note])
    finally:
        for warning in job.warnings:
            LOG.warning(warning)
        job.close()


def mapped(plan: str, tasks: list[list[str]], batches: Batches) -> Iterator[pyarrow.RecordBatch]:
    """The first step: ids of tasks to rows by part."""
    for batch in batches:
        for task in batch.column(0).to_pylist():
            parcels, note = map_pages(plan, tasks[task])
            yield from batches_of(("part", parcels), "parcel")
            yield from batches_of(("part", [(NOTE, note)]), "parcel")


def folded(plan: str, batches: Batches) -> Iterator[pyarrow.RecordBatch]:
    """The second step: all rows of some units to one row a key, by file."""
    fold = None
    for batch in batches:
        for part, parcel in zip(batch.column(0).to_pylist(), batch.column(1)):
            if part == NOTE:
                yield from batches_of(("file", [("", parcel.as_py())]), "parcel")
                continue
            fold = fold or Fold(plan)
            fold.push(parcel.as_py())
    if fold is not None:
        for file, rows in fold.finish():
            yield from batches_of(("file", [(file or "", rows)]), "parcel")


def made(plan: str, batches: Batches) -> Iterator[pyarrow.RecordBatch]:
    """The third step: all rows of some files to the files."""
    files = None
    for batch in batches:
        for file, rows in zip(batch.column(0).to_pylist(), batch.column(1)):
            if file == "":
                yield from batches_of(("is_note", [(True, rows.as_py())]), "told")
                continue
            files = files or TableFiles(plan, uuid.uuid4().hex)
            files.add(file, rows.as_py())
    if files is not None:
        yield from batches_of(("is_note", [(False, told) for told in files.finish()]), "told")


def batches_of(keyed: tuple[str, list[tuple[Any, bytes]]], content: str) -> Iterator[pyarrow.RecordBatch]:
    """Pairs as batches, few to each."""
    import pyarrow

    types = {"part": pyarrow.int32(), "file": pyarrow.string(), "is_note": pyarrow.bool_()}
    name, pairs = keyed
    for begin in range(0, len(pairs), 32):
        some = pairs[begin : begin + 32]
        keys = pyarrow.array([key for key, _ in some], types[name])
        yield pyarrow.record_batch([keys, pyarrow.array([bytes_ for _, bytes_ in some], pyarrow.binary())], [name, content])


def with_small_batches(spark: SparkSession) -> None:
    """Has few rows go to Python at a time. An engine that does not know the setting has small batches anyway."""
    try:
        spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", "16")
    except Exception:  # noqa: BLE001 - which class it is differs from engine to engine
        return


def parallelism(spark: SparkSession) -> int:
    """How many tasks run at once, as far as the engine tells."""
    try:
        return max(spark.sparkContext.defaultParallelism, 1)
    except Exception:  # noqa: BLE001 - a session over the network has no context
        return 8
