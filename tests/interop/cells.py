"""Reads a table with DuckDB and Polars, and fails where a cell is not what is expected.

usage: cells.py TABLE EXPECTED

EXPECTED is a JSON list of rows in the order of `id`: for each column the text of its cell as DuckDB writes it in UTC, or null.
Every `extra` must read as JSON in both.
"""

import json
import pathlib
import sys

import duckdb
import polars


def main(table, expected):
    files = f"{table}/**/*.parquet"
    expected = json.loads(pathlib.Path(expected).read_text())
    columns = list(expected[0])
    duck = duckdb.connect()
    duck.sql("set TimeZone = 'UTC'")
    cells = ", ".join(f'cast("{name}" as varchar)' for name in columns)
    source = f"read_parquet('{files}', union_by_name = true, hive_partitioning = false)"
    rows = duck.sql(f"select {cells} from {source} order by id").fetchall()
    check("DuckDB", [dict(zip(columns, row)) for row in rows], expected)

    parts = [polars.read_parquet(file, hive_partitioning=False) for file in sorted(pathlib.Path(table).rglob("*.parquet"))]
    frame = polars.concat(parts, how="diagonal").select(columns).sort("id")
    for name, kind in frame.schema.items():
        if isinstance(kind, polars.Datetime):
            frame = frame.with_columns(polars.col(name).dt.strftime("%Y-%m-%d %H:%M:%S%.6f"))
        elif kind == polars.Date:
            frame = frame.with_columns(polars.col(name).dt.strftime("%Y-%m-%d"))
        else:
            frame = frame.with_columns(polars.col(name).cast(polars.String))
    check("Polars", [{name: short(cell) for name, cell in row.items()} for row in frame.to_dicts()], [
        {name: short(cell) for name, cell in row.items()} for row in expected
    ])

    extras = duck.sql(f"select extra from {source} where extra is not null").fetchall()
    for (text,) in extras:
        polars.Series([text]).str.json_decode(polars.Struct({"x": polars.String}))
        duck.execute("select json_extract(?::json, '$.x')", [text]).fetchall()


def short(cell):
    """Without what DuckDB leaves out or adds: the zone, and a fraction of zeros."""
    if cell is None:
        return None
    cell = cell.removesuffix("+00")
    return cell.rstrip("0").rstrip(".") if "." in cell and ":" in cell else cell


def check(reader, found, expected):
    if found != expected:
        sys.exit(f"{reader} reads {json.dumps(found, indent=1)}\nexpected {json.dumps(expected, indent=1)}")


main(*sys.argv[1:])
