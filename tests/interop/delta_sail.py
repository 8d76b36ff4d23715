"""Reads the Delta tables of a lake with Sail, and fails where it does not see the plain files' rows, or an earlier version's.

usage: delta_sail.py LAKE ROWS PLAIN [URL]

As delta.py: each table as it stands, from a copy whose log begins at its newest checkpoint (lakehq/sail#2243: a partitioned table could not be read
from its first checkpoint on), at the versions that ROWS counts, and over S3 where URL names a bucket. Sail 0.7.2 reads the versions before a checkpoint
only where there is none, of tables that it has written itself, too: "Missing commit file: expected version 0, found 1". So a copy without it is read.
"""

import json
import pathlib
import sys
import tempfile

import pyarrow
import pyarrow.dataset
from delta_copies import document_lines, from_checkpoint, tables_of, without_checkpoints
from pysail.spark import SparkConnectServer
from pyspark.sql import SparkSession


def plain_rows(lake, name):
    """The rows of a table's plain files; a folder's name is text, and what no row has is null."""
    root = lake / name
    folders = [part.split("=")[0] for part in next(root.rglob("*.parquet")).relative_to(root).parts[:-1]]
    partitioning = pyarrow.dataset.partitioning(pyarrow.schema([(folder, pyarrow.string()) for folder in folders]), flavor="hive")
    return rows(pyarrow.dataset.dataset(root, partitioning=partitioning).to_table())


def rows(table):
    """All rows in any order: names sorted, cells as Python has them."""
    names = sorted(table.schema.names)
    return sorted((tuple(row[name] for name in names) for row in table.select(names).to_pylist()), key=repr)


def main():
    lake, versions = pathlib.Path(sys.argv[1]), json.loads(pathlib.Path(sys.argv[2]).read_text())
    plain = pathlib.Path(sys.argv[3])
    url = sys.argv[4] if len(sys.argv) > 4 else None
    server = SparkConnectServer("127.0.0.1", 0)
    server.start()
    host, port = server.listening_address
    session = SparkSession.builder.remote(f"sc://{host}:{port}").getOrCreate()

    def read(table, **options):
        reader = session.read.format("delta")
        for name, value in options.items():
            reader = reader.option(name, value)
        return reader.load(str(table))

    try:
        for table in tables_of(lake):
            expected = plain_rows(plain, table.name)
            with tempfile.TemporaryDirectory() as folder:
                copy = from_checkpoint(table, folder)
                places = {"as it stands": table, "from a checkpoint": copy, "over S3": url and f"{url}/delta/{table.name}"}
                for how, place in places.items():
                    if place:
                        found = rows(read(place).toArrow())
                        assert found == expected, f"Sail reads {len(found)} rows of {table.name} {how}, the plain files hold {len(expected)}"
                earlier = without_checkpoints(table, folder)
                seen_of = {version: read(earlier, versionAsOf=int(version)).count() for version in versions.get(table.name, {})}
            for version, seen in seen_of.items():
                n_rows = versions[table.name][version]
                assert seen == n_rows, f"version {version} of {table.name} has {seen} rows by Sail, the commit had {n_rows}"
            said = [how for how, place in places.items() if place]
            print(f"delta: {table.name}, {len(expected)} rows by Sail {', '.join(said)}, {len(seen_of)} versions")
        lines = [line for reader, line in document_lines(lake) if reader == "Sail"]
        for line in lines:
            assert eval(line, {"spark": session}).count() > 0, line
        assert len(lines) == 2, lines
    finally:
        # A server that goes on keeps the interpreter from ending.
        session.stop()
        server.stop()


main()
