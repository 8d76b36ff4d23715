"""A replay by Sail of a lake in a bucket: what `convolake replay` makes of the same pages there, byte for byte.

Arguments: the binary, and the lake as `s3://BUCKET/PREFIX`. Keys and endpoint come from the environment. The lake is replayed in turn, so that each replay
changes all files that the other has made, once more with nothing to change, and at last into Delta tables, too.
"""

import hashlib
import os
import subprocess
import sys

import pyarrow.fs
from pysail.spark import SparkConnectServer
from pyspark.sql import SparkSession

from convolake.spark.replay import replay

BINARY, LAKE = sys.argv[1:3]
ROOT = LAKE.removeprefix("s3://")
BUCKET = pyarrow.fs.S3FileSystem(
    access_key=os.environ["AWS_ACCESS_KEY_ID"],
    secret_key=os.environ["AWS_SECRET_ACCESS_KEY"],
    endpoint_override=os.environ["AWS_ENDPOINT_URL"],
    region="us-east-1",
    scheme="http",
)


def names() -> list[str]:
    found = BUCKET.get_file_info(pyarrow.fs.FileSelector(ROOT, recursive=True))
    return [info.path.removeprefix(f"{ROOT}/") for info in found if info.type == pyarrow.fs.FileType.File]


def files() -> dict[str, str]:
    """The table files with their SHA-256."""
    tables = [name for name in names() if name.endswith(".parquet")]
    return {name: hashlib.sha256(BUCKET.open_input_file(f"{ROOT}/{name}").read()).hexdigest() for name in tables}


def by_binary(n_buckets: int) -> dict[str, str]:
    subprocess.run([BINARY, "replay", "convocore", "--to", LAKE, "--set", f"buckets={n_buckets}", "-q"], check=True)
    return files()


def by_sail(session, n_buckets: int, **settings) -> dict[str, str]:
    report = replay(session, "convocore", LAKE, set={"buckets": n_buckets, **settings}, parts=3, task_bytes=20_000)
    assert report["outcome"] == "done", report
    left = [name for name in names() if name.startswith("_convolake/staging/")]
    assert not left, left
    return files()


def main() -> None:
    server = SparkConnectServer("127.0.0.1", 0)
    server.start()
    host, port = server.listening_address
    session = SparkSession.builder.remote(f"sc://{host}:{port}").getOrCreate()
    try:
        # A file that another number leaves without rows stays in a bucket: first of all, all that there will be.
        for n_buckets in (4, 2):
            by_binary(n_buckets)
        four = by_binary(4)
        two = by_sail(session, 2)
        assert two != four
        assert by_sail(session, 4) == four
        assert by_binary(2) == two
        assert by_sail(session, 2) == two
        # Delta tables of it: a file of each plain one, under a name of its own.
        both = by_sail(session, 4, publish=["plain", "delta"])
        delta = {name: sha256 for name, sha256 in both.items() if name.startswith("delta/") and "_delta_log" not in name}
        assert {name: both[name] for name in four} == four
        changed = {sha256 for name, sha256 in four.items() if two.get(name) != sha256}
        assert changed <= set(delta.values()), "a plain file is not in the Delta tree"
    finally:
        session.stop()
        server.stop()
    subprocess.run([BINARY, "verify", "--to", LAKE], check=True, capture_output=True)
    print(f"cluster: {len(two)} and {len(four)} files in a bucket are the same by Sail")


main()
