"""Asks `convolake query` and DuckDB the same of one lake, query by query, and compares the rows.

    sql_answers.py CONVOLAKE CONVOLAKE_MARTS

The queries stand in sql_answers/queries.sql, one a line. Whatever is answered is to be what DuckDB gives; all of them are answered.
Of an order only what stands behind ORDER BY is held to; where nulls stand when it descends is said in the queries.
"""

import datetime
import json
import math
import pathlib
import random
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import duckdb

FOLDER = pathlib.Path(__file__).with_name("sql_answers")
TIMES = [
    "2021-01-03T00:00:00Z", "2024-02-29T23:59:59Z", "2024-12-31T23:30:00Z", "2025-01-01T00:00:00Z",
    "2025-01-15T12:00:00.5Z", "2025-03-30T00:59:59.999999Z", "2025-03-30T01:00:00Z", "2025-06-15T12:34:56.123456Z",
    "2025-10-26T00:30:00Z", "2025-10-26T01:30:00Z", None,
]
TEXTS = ["", "hello", "Hello", "HELLO world", "äöü ÄÖÜ", "a_b%c", "100%", "x,y_z", "quote'q", 'dq"x', "12", "-7", "0", "NULL", None]

PIPELINE = """\
name: t
base_url: http://127.0.0.1:9
auth: { header: x-key, env: T_KEY }
rate_limit: { requests_per_second: 3, per: stream }
begin: 2020-01-01
streams:
  items: { path: /items, records: /data, id: /id, pages: { cursor: /cursor, param: cursor }, schema: t/items }
  marks: { path: /marks, records: /data, id: /id, pages: { cursor: /cursor, param: cursor }, schema: t/marks }
"""
TYPES = {
    "items": {
        "grp": "string", "i": "int32", "big": "int64", "f": "float64", "b": "bool", "ts": "timestamp", "d": "date",
        "s": "string", "tags": "list<string>", "j": "json",
    },
    "marks": {"grp": "string", "label": "string", "n": "int64", "ts": "timestamp"},
}


def records():
    """The records of both tables: every type, nulls, edges of integers, hours that a clock shows twice."""
    of = random.Random(20250330)
    groups = [None, "", "A", "a", "b", "c"]
    items = [
        {
            "id": f"r{n:03}", "grp": of.choice(groups), "i": of.choice([None, -7, -2, -1, 0, 1, 2, 3, 5, 10, 2147483647]),
            "big": of.choice([None, -3, 0, 1, 7, 1000, 9007199254740993]), "f": of.choice([None, -1.25, 0.25, 0.75, 3.0, 98.5]),
            "b": of.choice([None, True, False]), "ts": of.choice(TIMES),
            "d": of.choice([None, "1969-12-31", "2000-01-01", "2024-02-29", "2025-01-01"]), "s": of.choice(TEXTS),
            "tags": of.choice([None, [], ["x"], ["x", "y"], ["y", "z", "x"]]),
            "j": of.choice([None, {"k": 1}, {"k": "two"}, {"k": {"n": {"m": 3}}}, {"a b": 2}]),
        }
        for n in range(120)
    ]
    marks = [
        {
            "id": f"o{n}", "grp": of.choice(groups), "label": of.choice(["L1", "L2", None]),
            "n": of.choice([None, 1, 2, 3, 4, 10]), "ts": of.choice(TIMES[3:]),
        }
        for n in range(40)
    ]
    return {"items": items, "marks": marks}


def make_lake(convolake, folder):
    """A lake of both tables."""
    (folder / "pipelines").mkdir()
    (folder / "pipelines" / "t.yaml").write_text(PIPELINE)
    (folder / "schemas" / "t").mkdir(parents=True)
    (folder / "schemas" / "tables").mkdir()
    for table in TYPES:
        columns = ["id: { type: string, required: true }"]
        columns += [f"{name}: {{ type: {kind} }}" for name, kind in TYPES[table].items()]
        columns += ["extra: { type: json }", "fetched_at: { type: timestamp, required: true }", "page: { type: string, required: true }"]
        text = "key: [id]\norder: [id]\npartition: { month: ts }\ncolumns:\n" + "".join(f"  {column}\n" for column in columns)
        (folder / "schemas" / "tables" / f"{table}.yaml").write_text(text)
        names = ["id", *TYPES[table]]
        usual = {"ts": ", usual: iso"}
        mapped = "".join(f"    {name}: {{ at: /{name}{usual.get(name, '')} }}\n" for name in names)
        (folder / "schemas" / "t" / f"{table}.yaml").write_text(f"{table}:\n  columns:\n{mapped}")
    for table, rows in records().items():
        page = folder / f"{table}.json"
        page.write_text(json.dumps({"data": rows, "cursor": None}))
        subprocess.run([convolake, "-q", "flatten", f"t/{table}", page, "--to", "lake"], cwd=folder, check=True)
    return folder / "lake"


def plain(value):
    """A value in a form that both answers have."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, float):
        if math.isnan(value):
            return None
        return int(value) if value == int(value) and abs(value) < 1e15 else float(f"{value:.12g}")
    if isinstance(value, int):
        return value
    if isinstance(value, datetime.datetime):
        value = value.astimezone(datetime.timezone.utc).replace(tzinfo=None) if value.tzinfo else value
        return value.strftime("%Y-%m-%dT%H:%M:%S.%f")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        return plain(value.total_seconds())
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, str):
        time = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?Z?", value)
        return f"{time[1]}{((time[2] or '.0') + '000000')[:7]}" if time else value
    return plain(float(value))


def by_text(row):
    return json.dumps(row, default=str)


def difference(marts, lake, database, query):
    """What is wrong with the answer of a query, in words; None where nothing is."""
    command = [marts, "query", "--to", lake, "--output", "json", query]
    asked = subprocess.run(command, capture_output=True, text=True, timeout=120)
    if asked.returncode != 0 or asked.stderr:
        return f"{query}\n  ended with {asked.returncode}: {asked.stderr.strip()}"
    ours = [[plain(value) for value in row.values()] for row in json.loads(asked.stdout)]
    theirs = [[plain(value) for value in row] for row in database.cursor().execute(query).fetchall()]
    if "order by" not in query.lower().split(")")[-1]:
        ours, theirs = sorted(ours, key=by_text), sorted(theirs, key=by_text)
    if ours == theirs:
        return None
    shown = [pair for pair in zip(ours, theirs) if pair[0] != pair[1]][:3]
    return f"{query}\n  {len(ours)} and {len(theirs)} rows, the first that differ: {shown}"


def main():
    convolake, marts = sys.argv[1:3]
    queries = (FOLDER / "queries.sql").read_text().splitlines()
    with tempfile.TemporaryDirectory() as folder:
        lake = make_lake(convolake, pathlib.Path(folder))
        database = duckdb.connect()
        database.execute("SET timezone = 'UTC'")
        for table in TYPES:
            files = f"read_parquet('{lake}/{table}/**/*.parquet', hive_partitioning = true, union_by_name = true)"
            database.execute(f"CREATE VIEW {table} AS SELECT * FROM {files}")
        with ThreadPoolExecutor(2) as workers:
            wrong = list(filter(None, workers.map(lambda query: difference(marts, lake, database, query), queries)))
    print(f"{len(queries)} queries, {len(wrong)} answered otherwise than by DuckDB")
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
