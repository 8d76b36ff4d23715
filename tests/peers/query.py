"""`convolake query` beside DuckDB and Polars' Python, in one run: a grouped count over many messages.

A lake of a year of messages is made by `convolake flatten`; then each contestant answers the same question, in turn, each time as a
process of its own, so that starting up counts for all of them. Prints a table of medians (wall seconds, CPU seconds, peak memory), and
lines `figure NAME VALUE`. Fails where their answers differ.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

import partitions

COUNT = "SELECT month, role, count(*) AS n FROM messages GROUP BY month, role ORDER BY month, role"
DISTINCT = "SELECT month, count(DISTINCT conversation_id) AS n FROM messages GROUP BY month ORDER BY month"
QUESTIONS = {"count": COUNT, "distinct": DISTINCT}

DUCKDB = """
import duckdb, sys
lake, sql, out = sys.argv[1:]
files = f"read_parquet('{lake}/messages/*/*/*.parquet', hive_partitioning=true, hive_types={{'month': VARCHAR}})"
duckdb.execute("SET threads=2")
duckdb.execute(f"CREATE VIEW messages AS SELECT * FROM {files}")
duckdb.execute(f"COPY ({sql}) TO '{out}' (HEADER)")
"""

POLARS = """
import polars, sys
lake, sql, out = sys.argv[1:]
messages = polars.scan_parquet(f"{lake}/messages/", hive_partitioning=True, hive_schema={"source": polars.String, "month": polars.String})
polars.SQLContext(messages=messages).execute(sql).collect(engine="streaming").write_csv(out)
"""


def contestants(marts, lake, sql, out):
    python = [sys.executable, "-c"]
    return {
        "convolake": [marts, "query", "--to", lake, "--output", "csv", "--out", out, sql],
        "duckdb": [*python, DUCKDB, lake, sql, out],
        "polars": [*python, POLARS, lake, sql, out],
    }


def measured(command):
    measure = pathlib.Path(__file__).with_name("measure.py")
    words = [sys.executable, measure, "600", *command]
    # Its standard input stays open: `measure.py` ends what it runs when that ends.
    process = subprocess.Popen([str(word) for word in words], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    result = json.loads(process.stdout.read())
    process.wait()
    if result["exit_code"] != 0:
        sys.exit(f"{command[0]} ended with {result['exit_code']}: {result['stderr']}")
    return result


def rows(path):
    return path.read_text(encoding="utf-8").split("\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("convolake", type=pathlib.Path)
    parser.add_argument("marts", type=pathlib.Path)
    parser.add_argument("--messages", type=int, default=5_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--lake", type=pathlib.Path, help="a lake that is there, instead of one that is made")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        lake = given.lake
        if lake is None:
            lake, pages = folder / "lake", folder / "pages.jsonl"
            partitions.page_file(pages, range(365), given.messages // 365, 1)
            partitions.flatten(given.convolake, pages, lake, "month")
            pages.unlink()
        out = folder / "answer.csv"
        print(f"{'question':<10} {'by':<10} {'wall s':>8} {'CPU s':>8} {'peak MiB':>9}")
        for question, sql in QUESTIONS.items():
            taken, answers = {}, {}
            for _ in range(given.repeat):
                for name, command in contestants(given.marts, lake, sql, out).items():
                    taken.setdefault(name, []).append(measured(command))
                    answers[name] = rows(out)
                    out.unlink()
            for name, runs in taken.items():
                of = {key: statistics.median(run[key] for run in runs) for key in ("wall_seconds", "cpu_seconds", "peak_bytes")}
                wall, cpu, peak = of["wall_seconds"], of["cpu_seconds"], of["peak_bytes"] / (1 << 20)
                print(f"{question:<10} {name:<10} {wall:>8.2f} {cpu:>8.2f} {peak:>9.0f}")
                print(f"figure query_{question}_{name}_wall {wall:.3f}")
                print(f"figure query_{question}_{name}_cpu {cpu:.3f}")
                print(f"figure query_{question}_{name}_peak_mib {peak:.0f}")
            for name, answer in answers.items():
                if answer != answers["convolake"]:
                    sys.exit(f"{question}: {name} answers {answer[:5]}, convolake {answers['convolake'][:5]}")


if __name__ == "__main__":
    main()
