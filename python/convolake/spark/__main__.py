"""``python -m convolake.spark replay PIPELINE --to URL [--master URL | --remote URL]``."""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import Any

from convolake._convolake import Error
from convolake.spark.replay import MEMORY, TASK_BYTES, replay


def main() -> int:
    """Carries out the command; gives the exit code of ``convolake replay``."""
    arguments = parser().parse_args()
    # Executors are to run the Python that has this module.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.appName(f"convolake replay {arguments.pipeline}")
    if arguments.remote:
        builder = builder.remote(arguments.remote)
    elif arguments.master:
        builder = builder.master(arguments.master)
    # A session that was there is somebody else's: Databricks' ends with its job, and hangs where it is stopped.
    is_own = SparkSession.getActiveSession() is None
    spark = builder.getOrCreate()
    try:
        report = replay(
            spark,
            arguments.pipeline,
            arguments.to,
            set=dict(arguments.set),
            parts=arguments.parts,
            task_bytes=arguments.task_megabytes * 1_000_000,
            memory=arguments.memory_megabytes * 1_000_000,
        )
    except Error as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    finally:
        if is_own:
            spark.stop()
    print(json.dumps(report, indent=2))
    return report["exit_code"]


def parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m convolake.spark", description=__doc__)
    command = parser.add_subparsers(required=True).add_parser("replay", help="rebuild a pipeline's tables from its landed pages")
    command.add_argument("pipeline", help="a built-in pipeline, or the path of one that all executors can read")
    command.add_argument("--to", required=True, help="the lake: a bucket, or a folder that all executors share")
    command.add_argument("--set", action="append", default=[], type=setting, metavar="KEY=VALUE", help="a field of the pipeline")
    command.add_argument("--master", help="as of spark-submit; left out under spark-submit itself")
    command.add_argument("--remote", help="a server of Spark Connect, or Sail's, as in sc://localhost:50051")
    command.add_argument("--parts", type=int, help="at least how many parts rows are folded in")
    command.add_argument("--task-megabytes", type=int, default=TASK_BYTES // 1_000_000, help="landed pages that a task flattens, as they lie there")
    command.add_argument("--memory-megabytes", type=int, default=MEMORY // 1_000_000, help="what a task may take, beyond which it spills")
    return parser


def setting(text: str) -> tuple[str, Any]:
    """``KEY=VALUE``; a value that is JSON is taken for it."""
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise argparse.ArgumentTypeError(f"`{text}` has no `=`; write KEY=VALUE, as in params.agent_id=a1")
    try:
        return key, json.loads(value)
    except ValueError:
        return key, value


if __name__ == "__main__":
    sys.exit(main())
