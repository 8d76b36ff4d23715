"""The data source `convolake` on landed pages: of a lake on disk, before and after they are packed, or of one in a bucket.

Arguments: the binary, a lake with landed pages of `convocore`, and `spark` or `sail`. Keys and endpoint of a bucket come from the environment.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager

import pyarrow

import convolake
from convolake.spark import ConvolakeDataSource

BINARY, LAKE, ENGINE = sys.argv[1:4]


@contextmanager
def session():
    from pyspark.sql import SparkSession

    if ENGINE == "spark":
        os.environ["PYSPARK_PYTHON"] = sys.executable
        builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
        spark = builder.config("spark.sql.session.timeZone", "UTC").getOrCreate()
        spark.sparkContext.setLogLevel("OFF")
        try:
            yield spark
        finally:
            spark.stop()
        return
    from pysail.spark import SparkConnectServer

    server = SparkConnectServer("127.0.0.1", 0)
    server.start()
    host, port = server.listening_address
    spark = SparkSession.builder.remote(f"sc://{host}:{port}").getOrCreate()
    try:
        yield spark
    finally:
        # A server that goes on keeps the interpreter from ending.
        spark.stop()
        server.stop()


def reader(spark, **options):
    read = spark.read.format("convolake").option("pipeline", "convocore").option("table", "messages").option("partitionBytes", "20000")
    for name, value in {"onReject": "drop", "params": '{"agent_id": "of-pages"}', **options}.items():
        read = read.option(name, value)
    return read


def ids(rows) -> list[str]:
    return sorted(row[0] for row in rows.select("message_id").collect())


def expected(lake: str) -> list[str]:
    flat = convolake.Pipeline("convocore").flatten(convolake.Lake(lake).landed("convocore", "export"), "export", {"agent_id": "of-pages"})
    return sorted(pyarrow.table(flat["messages"]).column("message_id").to_pylist())


def refused(call, text: str) -> None:
    try:
        call()
    except Exception as error:  # noqa: BLE001 - which class it is differs from engine to engine
        assert text in str(error), str(error)
    else:
        raise AssertionError(f"not refused: {text}")


def main() -> None:
    with session() as spark:
        spark.dataSource.register(ConvolakeDataSource)
        wanted = expected(LAKE)
        assert len(wanted) > 0
        # The stream is that of the folder, and the params are those of the pages.
        assert ids(reader(spark).load(f"{LAKE}/raw/convocore/export")) == wanted
        assert ids(reader(spark, stream="export").load(f"{LAKE}/raw/convocore/")) == wanted
        refused(lambda: ids(reader(spark, stream="list").load(f"{LAKE}/raw/convocore/export")), "of the stream export")
        refused(lambda: ids(reader(spark).load(f"{LAKE}/raw/agentx/messages")), "these are pages of agentx")
        refused(lambda: ids(reader(spark).load(f"{LAKE}/raw/convocore")), "of which stream?")
        refused(lambda: ids(reader(spark).load(f"{LAKE}/raw/convocore/export/no-such-slice")), "there is no page")
        refused(lambda: ids(reader(spark).load("gs://bucket/pages")), "pages are read from folders")
        refused(lambda: ids(reader(spark).load("s3://bucket/pages")), "landed pages of a lake are read")
        if LAKE.startswith("s3://"):
            assert ids(reader(spark).load(f"{LAKE.replace('s3://', 's3a://')}/raw/convocore/export")) == wanted
        else:
            # What was packed stands elsewhere, and is found all the same.
            with tempfile.TemporaryDirectory() as folder:
                packed = pathlib.Path(folder) / "raw" / "lake"
                shutil.copytree(LAKE, packed)
                # Pages of the last day are left alone.
                environment = {**os.environ, "CONVOLAKE_TEST_NOW": "2040-01-01T00:00:00Z"}
                subprocess.run([BINARY, "upkeep", "--to", packed], check=True, capture_output=True, env=environment)
                assert list(packed.glob("raw/convocore/packs/*")), "nothing was packed"
                assert ids(reader(spark).load(f"file://{packed}/raw/convocore/export")) == wanted == expected(str(packed))
        print(f"source: {len(wanted)} rows of landed pages by {ENGINE}, {LAKE.partition('/raw')[0][:5]}")


main()
