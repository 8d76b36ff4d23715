"""`examples/spark-submit.sh` with `examples/replay_job.py`, in local mode: the files and the exit codes of `convolake replay`.

Arguments: the binary, and a lake with landed pages. In local mode there is no packed environment, which spark-submit looked for all the same
(jcrist/venv-pack#24, benseverndev-oss/goldenmatch#2531).
"""

import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import convolake
from convolake.spark.__main__ import parser

BINARY, LAKE = sys.argv[1:3]
EXAMPLE = pathlib.Path(__file__).parents[2] / "examples" / "spark-submit.sh"
# spark-submit is where this Python's packages are.
ENVIRONMENT = {**os.environ, "PATH": os.pathsep.join([str(pathlib.Path(sys.executable).parent), os.environ["PATH"]]), "PYTHON": sys.executable, "MASTER": "local[2]"}


def files(lake: pathlib.Path) -> dict[str, str]:
    return {str(file.relative_to(lake)): hashlib.sha256(file.read_bytes()).hexdigest() for file in lake.rglob("*.parquet")}


def submit(lake: pathlib.Path, *words: str) -> subprocess.CompletedProcess:
    environment = {**ENVIRONMENT, "LAKE": str(lake), "PIPELINE": "convocore"}
    return subprocess.run(["bash", EXAMPLE, *words], capture_output=True, text=True, env=environment)


# The job for Databricks, as far as it can be tried here: its words are those of the command, its wheel is one of this version.
job = json.loads((EXAMPLE.parent / "databricks-job.json").read_text())
[task] = job["tasks"]
given = parser().parse_args(task["spark_python_task"]["parameters"])
assert (given.pipeline, given.to) == ("agentx", "s3://bucket/lake"), given
assert f"/convolake-{convolake.__version__}-cp310-abi3-" in task["libraries"][0]["whl"], task

with tempfile.TemporaryDirectory() as folder:
    one, other = pathlib.Path(folder) / "one", pathlib.Path(folder) / "other"
    for copy in (one, other):
        shutil.copytree(LAKE, copy)
    subprocess.run([BINARY, "replay", "convocore", "--to", one, "--set", "buckets=2", "-q"], check=True)
    done = submit(other, "--set", "buckets=2", "--parts", "3")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["outcome"], report["exit_code"]) == ("done", 0), report
    assert files(one) == files(other)
    # What is refused ends the job with the binary's exit code and words.
    nowhere = pathlib.Path(folder) / "nowhere"
    refused = subprocess.run([BINARY, "replay", "convocore", "--to", nowhere], capture_output=True, text=True)
    done = submit(nowhere)
    assert done.returncode == refused.returncode > 0, (done.returncode, refused.returncode, done.stderr)
    [words] = [line for line in refused.stderr.splitlines() if line.startswith("error: ")]
    # spark-submit has both streams of Python come by its own stdout.
    assert words in done.stdout, (words, done.stdout, done.stderr)
    print(f"spark-submit: {len(files(other))} files are the same, and exit {done.returncode} where there is no lake")
