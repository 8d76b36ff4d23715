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

from convolake._convolake import Pipeline

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

SUFFIXES = (".json", ".jsonl", ".json.gz", ".jsonl.gz", ".json.zst", ".jsonl.zst")


@dataclass
class Files(InputPartition):
    """The page files of one task."""

    paths: list[str]


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

    def partitions(self) -> list[Files]:
        limit = int(self.options.get("partitionbytes", self.options.get("partitionBytes", PARTITION_BYTES)))
        packed: list[Files] = []
        n_bytes = limit
        for path in page_files(wanted(self.options, "path")):
            size = path.stat().st_size
            if n_bytes + size > limit:
                packed.append(Files([]))
                n_bytes = 0
            packed[-1].paths.append(str(path))
            n_bytes += size
        return packed

    def read(self, partition: Files) -> Iterator[Any]:
        import pyarrow

        pipeline = pipeline_of(self.options)
        params = json.loads(self.options.get("params", "{}"))
        flat = pipeline.flatten(partition.paths, self.options.get("stream"), params)
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


def page_files(path: str) -> list[Path]:
    """The page files that a path stands for, in the order of their names."""
    root = Path(path.removeprefix("file://"))
    if root.is_file():
        return [root]
    found = sorted(file for file in root.rglob("*") if file.name.endswith(SUFFIXES))
    if not found:
        raise FileNotFoundError(f"{path}: there is no page file")
    return found
