"""Pages as rows: a data source of Spark in Python."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition
from pyspark.sql.types import (
    ArrayType,
    BooleanType,
    DataType,
    DateType,
    DoubleType,
    IntegerType,
    LongType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)

from convolake._convolake import Lake, Pipeline

PARTITION_BYTES = 32 << 20
"""Files that one task reads, in bytes as they lie there."""

BATCH_ROWS = 10_000
"""Rows that are handed over at once."""

KINDS: dict[str, type[DataType]] = {
    "string": StringType,
    "int32": IntegerType,
    "int64": LongType,
    "double": DoubleType,
    "bool": BooleanType,
    "date32[day]": DateType,
}
"""Spark's types, by the names that Arrow gives its own."""

STORES = ("s3://", "s3a://")
"""How the URL of a bucket begins; Spark's word for it is taken, too."""

SUFFIXES = (".json", ".jsonl", ".json.gz", ".jsonl.gz", ".json.zst", ".jsonl.zst")


@dataclass
class Pages(InputPartition):
    """The pages of one task: files, or landed objects of a lake."""

    names: list[str]
    lake: str | None


@dataclass
class LandedAt:
    """Where below a lake's ``raw/`` a path points."""

    lake: str
    pipeline: str
    stream: str
    prefix: str

    def objects(self) -> list[tuple[str, int]]:
        """The landed objects, packed ones too, with about what each takes in bytes."""
        landed = Lake(self.lake).landed(self.pipeline, self.stream)
        return [(page.object, page.nbytes or 0) for page in landed if f"{page.object}/".startswith(f"{self.prefix}/")]


def struct_of(columns: Any) -> StructType:
    """The columns as Spark's types, with whether they may be null."""
    import pyarrow

    def kind(column: pyarrow.DataType) -> DataType:
        if pyarrow.types.is_timestamp(column):
            return TimestampType()
        if pyarrow.types.is_list(column):
            return ArrayType(kind(column.value_type))
        return KINDS[str(column)]()

    return StructType([StructField(field.name, kind(field.type), field.nullable) for field in pyarrow.schema(columns)])


class ConvolakeDataSource(DataSource):
    """``spark.read.format("convolake")``: the rows that page files give to one table.

    Options: ``pipeline`` (built in, or the path of a file), ``table``, ``stream`` (where the pipeline has several that could be meant, the one whose
    pages these are), ``params`` (a JSON object), ``set`` (a JSON object, as ``--set``), ``partitionBytes``. The path is a page file, or a folder of them: a stream's folder below a lake's ``raw/`` too. Rows come as they
    stand on pages: only a lake keeps the newest of each. With ``onReject`` ``drop``, records that give no row are left out; else they end
    the job, since nobody would hear of them.
    """

    @classmethod
    def name(cls) -> str:
        return "convolake"

    def schema(self) -> StructType:
        # Not by its DDL: to read that takes a session, which Spark has none of here, and Sail's reader of it knows no lists.
        return struct_of(pipeline_of(self.options).schema(wanted(self.options, "table")))

    def reader(self, schema: StructType) -> DataSourceReader:
        return PageReader(dict(self.options))


class PageReader(DataSourceReader):
    """Reads page files, packed by size."""

    def __init__(self, options: dict[str, str]) -> None:
        self.options = options

    def partitions(self) -> list[Pages]:
        limit = int(self.options.get("partitionbytes", self.options.get("partitionBytes", PARTITION_BYTES)))
        path = wanted(self.options, "path")
        at = landed_at(path, self.options)
        pages = at.objects() if at else page_files(path)
        if not pages:
            raise FileNotFoundError(f"{path}: there is no page")
        packed: list[Pages] = []
        n_bytes = limit
        for name, size in pages:
            if n_bytes + size > limit:
                packed.append(Pages([], at and at.lake))
                n_bytes = 0
            packed[-1].names.append(name)
            n_bytes += size
        return packed

    def read(self, partition: Pages) -> Iterator[Any]:
        import pyarrow

        pipeline = pipeline_of(self.options)
        params = json.loads(self.options.get("params", "{}"))
        at = landed_at(wanted(self.options, "path"), self.options)
        stream = at.stream if at else self.options.get("stream")
        pages = Lake(partition.lake).landed_pages(partition.names) if partition.lake else partition.names
        flat = pipeline.flatten(pages, stream, params)
        on_reject = self.options.get("onreject", self.options.get("onReject", "fail"))
        if flat.rejects and on_reject != "drop":
            raise ValueError(f"{len(flat.rejects)} records give no row, as {flat.rejects[0]!r}; .option('onReject', 'drop') leaves them out")
        table = wanted(self.options, "table")
        columns = pyarrow.schema(pipeline.schema(table, "spark"))
        for batch in pyarrow.table(flat[table]).to_batches(max_chunksize=BATCH_ROWS):
            yield pyarrow.RecordBatch.from_arrays(batch.columns, schema=columns)


def pipeline_of(options: dict[str, str]) -> Pipeline:
    """The pipeline that the options name."""
    return Pipeline(wanted(options, "pipeline"), set=json.loads(options.get("set", "{}")))


def wanted(options: dict[str, str], name: str) -> str:
    """An option that has to be there."""
    if name not in options:
        raise ValueError(f"the option `{name}` is missing: .option('{name}', ..)" if name != "path" else "no path: .load(PATH)")
    return options[name]


def landed_at(path: str, options: dict[str, str]) -> LandedAt | None:
    """Where a path points below a lake's ``raw/``; None for page files. A lake knows where its packed pages lie, and what pages refer to."""
    if path.startswith(STORES):
        lake, found, below = path.rstrip("/").rpartition("/raw/")
        if not found or not below:
            raise ValueError(
                f"{path}: in a bucket, landed pages of a lake are read, as .load('s3://bucket/lake/raw/agentx/messages'); page files that lie elsewhere "
                "are read from a folder that all executors share, or given to Pipeline.flatten as bytes"
            )
        lake = lake.replace("s3a://", "s3://", 1)
    else:
        folder = local(path)
        lakes = [above for above in (folder, *folder.parents) if above.name == "raw" and (above.parent / "_convolake").is_dir()]
        if not lakes or lakes[-1] == folder:
            return None
        lake, below = str(lakes[-1].parent), folder.relative_to(lakes[-1]).as_posix()
    pipeline, _, rest = below.partition("/")
    name = pipeline_of(options).name
    if pipeline != name:
        raise ValueError(f"{path}: these are pages of {pipeline}, and the option `pipeline` says {name}")
    of_path, given = rest.partition("/")[0], options.get("stream")
    if of_path and given and of_path != given:
        raise ValueError(f"{path}: these are pages of the stream {of_path}, and the option `stream` says {given}")
    stream = of_path or given
    if not stream:
        raise ValueError(f"{path}: of which stream? .option('stream', ..), or its folder: {path.rstrip('/')}/STREAM")
    return LandedAt(lake, pipeline, stream, f"raw/{pipeline}/{rest or stream}")


def page_files(path: str) -> list[tuple[str, int]]:
    """The page files that a path stands for, in the order of their names, with their bytes."""
    root = local(path)
    files = [root] if root.is_file() else sorted(file for file in root.rglob("*") if file.name.endswith(SUFFIXES))
    return [(str(file), file.stat().st_size) for file in files]


def local(path: str) -> Path:
    """The file or folder of a path, or of a `file:` URL."""
    scheme, found, _ = path.partition("://")
    if found and scheme != "file":
        raise ValueError(f"{path}: pages are read from folders that all executors share, and from a lake's raw zone there or in s3://")
    return Path(path.removeprefix("file://").removeprefix("file:")).absolute()
