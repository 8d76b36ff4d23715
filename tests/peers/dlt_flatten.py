"""The tables of a page file by dlt: its own normaliser takes the nested records apart, and Parquet files come out.

What it does not do: its tables have its own columns (every field of the source, and its `_dlt_id`s), dates stay texts,
nothing is sorted or partitioned by date. Integers beyond 64 bits, at which it stops, are handed to it as text.
"""

import os
import re
import tempfile

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ["DATA_WRITER__COMPRESSION"] = "zstd"

import dlt
import orjson
import pyarrow

import arguments

TABLE = {"export": "conversations", "messages": "messages"}

LONG_INTEGER = re.compile(rb'(?<=[:,\[])-?\d{19,}(?=[,\]}])')
LARGEST = 2**63 - 1


def records(pages):
    with pyarrow.input_stream(str(pages), compression="zstd") as stream:
        rest = b""
        while chunk := stream.read(1 << 22):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                yield data(line)
        if rest:
            yield data(rest)


def data(line):
    records = orjson.loads(line)["data"]
    return without_long_integers(records) if LONG_INTEGER.search(line) else records


def without_long_integers(value):
    match value:
        case dict():
            return {key: without_long_integers(inner) for key, inner in value.items()}
        case list():
            return [without_long_integers(inner) for inner in value]
        case int() if abs(value) > LARGEST:
            return str(value)
        case _:
            return value


if __name__ == "__main__":
    given = arguments.parse()
    given.to.mkdir(parents=True)
    with tempfile.TemporaryDirectory(dir=given.to.parent) as work:
        pipeline = dlt.pipeline(
            "bench",
            destination=dlt.destinations.filesystem(bucket_url=given.to.absolute().as_uri()),
            dataset_name="lake",
            pipelines_dir=work,
        )
        resource = dlt.resource(records(given.pages), name=TABLE[given.workload])
        pipeline.run(resource, loader_file_format="parquet")
