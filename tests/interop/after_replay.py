"""What follows a replay on a cluster is what follows `convolake replay`: the same checks, the same derived tables, the same exit codes.

Arguments: the binary, and `with` where `convolake-marts` lies beside it, or `without`.
"""

import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager

import pyarrow

from convolake import _convolake
from convolake.spark.replay import folded, made, mapped

BINARY, HOW = pathlib.Path(sys.argv[1]), sys.argv[2]
MARTS = ["conversation_stats", "daily_stats"]
SETTINGS = {"checks": "after_run", "marts": MARTS}


def binary(program: pathlib.Path, *words: str, code: int = 0) -> dict:
    done = subprocess.run([program, *words, "--output", "json"], capture_output=True, text=True)
    assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
    return json.loads(done.stdout)


@contextmanager
def simulated():
    """The URL of a simulated source."""
    server = subprocess.Popen(
        [BINARY, "simulate", "--port", "0", "--conversations", "30", "--agentx-rate", "500"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield server.stdout.readline().removeprefix("listening on ").strip()
    finally:
        server.terminate()
        server.wait()


def in_steps(pipeline: str, to: str) -> dict:
    """A replay on a cluster of one, in this process."""
    job = _convolake.ClusterReplay(pipeline, to, set=SETTINGS, parts=2)
    tasks = job.tasks(20_000)
    ids = pyarrow.record_batch([pyarrow.array(range(len(tasks)))], ["id"])
    by_part: dict[int, list] = {}
    for batch in mapped(job.plan, tasks, [ids]):
        for row in range(batch.num_rows):
            by_part.setdefault(batch.column(0)[row].as_py(), []).append(batch.slice(row, 1))
    folds = [batch for some in by_part.values() for batch in folded(job.plan, some)]
    told = [row for batch in made(job.plan, folds) for row in batch.to_pylist()]
    return job.commit([row["told"] for row in told if row["is_note"]], [row["told"] for row in told if not row["is_note"]])


def by_command(pipeline: str, to: str) -> dict:
    """A replay by `python -m convolake.spark`, whose exit code is that of its report."""
    words = [sys.executable, "-m", "convolake.spark", "replay", pipeline, "--to", to, "--master", "local[1]"]
    done = subprocess.run([*words, *set_words()], capture_output=True, text=True)
    assert done.stdout.startswith("{"), done.stderr
    report = json.loads(done.stdout)
    assert report["exit_code"] == done.returncode, (done.returncode, report)
    return report


def set_words() -> list[str]:
    return [word for key, value in SETTINGS.items() for word in ("--set", f"{key}={json.dumps(value)}")]


def derived(lake: pathlib.Path) -> dict[str, str]:
    """All Parquet files with their SHA-256, those of derived tables too."""
    return {str(file.relative_to(lake)): hashlib.sha256(file.read_bytes()).hexdigest() for file in lake.rglob("*.parquet")}


def what_followed(report: dict) -> dict:
    """What is to be equal of two reports."""
    followed = {name: report[name] for name in ("outcome", "exit_code")}
    for name in ("checks", "marts"):
        came = dict(report[name])
        if "report" in came:
            # Both lakes and instants differ.
            came["report"] = [tables_of(part) for part in came["report"].get("tables", came["report"].get("sources"))]
        followed[name] = came
    return followed


def tables_of(part: dict) -> dict:
    tables = part.get("tables")
    if tables is None:
        return part
    return {name: {"rows": table["rows"], "files": table.get("files")} for name, table in tables.items()}


def compare(run, pipeline: str, lake: pathlib.Path, code: int, program: pathlib.Path = BINARY) -> dict:
    """A replay by the binary in one copy of the lake, by `run` in the other: equal in all that followed."""
    with tempfile.TemporaryDirectory() as folder:
        one, other = pathlib.Path(folder) / "one", pathlib.Path(folder) / "other"
        for copy in (one, other):
            shutil.copytree(lake, copy)
        expected = binary(program, "replay", pipeline, "--to", str(one), *set_words(), code=code)
        report = run(pipeline, str(other))
        assert what_followed(report) == what_followed(expected), (report, expected)
        files = derived(other)
        assert files == derived(one)
        stored = next(other.glob(f"_convolake/*/runs/{report['run']}.json"))
        stored = json.loads(stored.read_text())
        assert (stored["checks"], stored["marts"]) == (report["checks"], report["marts"])
        for mart in MARTS if HOW == "with" else []:
            assert any(name.startswith(f"marts/{mart}/") for name in files), sorted(files)
        print(f"after a replay: {run.__name__}, {len(files)} files, exit {code}, the same")
        return report


def with_failing_check(folder: pathlib.Path) -> str:
    """A pipeline of one's own, a check of whose tables fails."""
    subprocess.run([BINARY, "init", folder], check=True, capture_output=True)
    table = folder / "schemas" / "tables" / "messages.yaml"
    text = table.read_text()
    assert "severity: warn }\n  has_time" in text
    table.write_text(text.replace("checks:\n", "checks:\n  nobody_speaks: { accepted_values: { column: role, values: [nobody] } }\n", 1))
    return str(folder / "pipelines" / "agentx.yaml")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        lake = folder / "lake"
        with simulated() as url:
            os.environ["AGENTX_API_KEY"] = "simulator"
            binary(BINARY, "run", "agentx", "--set", f"base_url={url}", "--set", "params.bot_name=demo-bot", "--to", str(lake))
        if HOW == "without":
            alone = folder / "alone"
            alone.mkdir()
            program = pathlib.Path(shutil.copy(BINARY, alone))
            os.environ["PATH"] = str(alone)
            report = compare(in_steps, "agentx", lake, 1, program)
            for name in ("checks", "marts"):
                assert "needs the program convolake-marts" in report[name]["error"], report[name]
            return
        os.environ["PATH"] = os.pathsep.join([str(BINARY.parent), os.environ["PATH"]])
        report = compare(in_steps, "agentx", lake, 0)
        assert report["marts"]["outcome"] == "done", report["marts"]
        failing = with_failing_check(folder / "project")
        run = by_command if shutil.which("java") else in_steps
        if run is in_steps:
            print("skipped: python -m convolake.spark, since this machine has no Java")
        report = compare(run, failing, lake, 66)
        [check] = [check for table in report["checks"]["report"]["tables"] for check in table["checks"] if check["name"] == "nobody_speaks"]
        assert check["failing"] > 0


main()
