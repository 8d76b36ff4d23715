"""Reads the Delta tables of a lake with deltalake, Polars and DuckDB's delta extension, and fails where one does not see the plain files' rows.

usage: delta.py LAKE [ROWS [PLAIN [URL]]]

Each table is read as it stands, and once more from a copy whose log begins at its newest checkpoint. ROWS is a JSON file: what each version of
each table is to have, as {"messages": {"0": 17}}. PLAIN is the lake whose plain files are meant, where LAKE has none. Where URL is of a bucket, deltalake and Polars read each table over S3 too, by the variables of
the environment (delta-io/delta-rs#689: the endpoint was taken for the log and not for the rows); DuckDB needs another extension for that. The packages beside those of requirements.txt lie in the folder that CONVOLAKE_DELTA_PACKAGES
names; without it nothing is read, and that is said.
"""

import json
import os
import pathlib
import sys
import tempfile

packages = os.environ.get("CONVOLAKE_DELTA_PACKAGES")
if not packages:
    print("skipped: delta.py, since CONVOLAKE_DELTA_PACKAGES names no folder; `cargo xtask test` makes one")
    sys.exit(0)
sys.path.insert(0, packages)

import deltalake
import duckdb
import duckdb_extension_delta
import polars
from delta_copies import document_lines, from_checkpoint, tables_of

connection = duckdb.connect()
extension = next(pathlib.Path(duckdb_extension_delta.__file__).parent.rglob("delta.duckdb_extension"))
connection.execute(f"LOAD '{extension}'; SET TimeZone = 'UTC'")


# A store without TLS asks for AWS_ALLOW_HTTP, too (delta-io/delta-rs#3418).
STORE = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}


def by_deltalake(table):
    return polars.from_arrow(deltalake.DeltaTable(str(table), storage_options=STORE).to_pyarrow_table())


def by_polars(table):
    return polars.scan_delta(str(table), storage_options=STORE).collect()


def by_duckdb(table):
    return connection.sql(f"SELECT * FROM delta_scan('{table}')").pl()


READERS = {"deltalake": by_deltalake, "Polars": by_polars, "DuckDB": by_duckdb}
OVER_S3 = ("deltalake", "Polars")


def rows(frame):
    """All rows in any order: names sorted, cells as text."""
    texts = [
        polars.col(name).list.join("\x1f", ignore_nulls=False)
        if frame.schema[name] == polars.List(polars.String)
        else polars.col(name).cast(polars.String)
        for name in sorted(frame.columns)
    ]
    return sorted(frame.select(texts).rows(), key=repr)


def check(table, plain, what, readers=READERS):
    for reader in readers:
        found = rows(READERS[reader](table))
        assert found == plain, f"{reader} reads {len(found)} rows of {table} {what}, the plain files hold {len(plain)}"


def run_document(lake):
    """Runs the lines of docs/warehouses.md that are for these readers."""
    n_lines = 0
    for reader, line in document_lines(lake):
        if reader == "DuckDB":
            connection.execute(line.replace("INSTALL delta; LOAD delta;", "SELECT 1;")).fetchall()
        elif reader == "Polars":
            eval(line, {"polars": polars, "deltalake": deltalake})
        else:
            continue
        n_lines += 1
    assert n_lines >= 7, f"{n_lines} lines of docs/warehouses.md were run"
    print(f"delta: {n_lines} lines of docs/warehouses.md")


lake = pathlib.Path(sys.argv[1])
versions = json.loads(pathlib.Path(sys.argv[2]).read_text()) if len(sys.argv) > 2 else {}
plain_lake = pathlib.Path(sys.argv[3]) if len(sys.argv) > 3 else lake
url = sys.argv[4] if len(sys.argv) > 4 else None
if plain_lake != lake:
    assert not any((lake / table.name).exists() for table in (lake / "delta").iterdir()), f"{lake} has plain files"
for table in tables_of(lake):
    files = str(plain_lake / table.name / "**" / "*.parquet")
    # A row without a date has no value there; a folder's name has to say something.
    no_value = polars.col("month").replace("__HIVE_DEFAULT_PARTITION__", None)
    plain = polars.scan_parquet(files, hive_partitioning=True).with_columns(no_value).collect()
    expected = rows(plain)
    check(table, expected, "as they stand")
    with tempfile.TemporaryDirectory() as folder:
        copy = from_checkpoint(table, folder)
        if copy:
            check(copy, expected, "from a checkpoint")
    if url:
        check(f"{url}/delta/{table.name}", expected, "over S3", OVER_S3)
        print(f"delta: {table.name}, over S3 by {', '.join(OVER_S3)}")
    for version, n_rows in versions.get(table.name, {}).items():
        seen = polars.scan_delta(str(table), version=int(version)).select(polars.len()).collect().item()
        assert seen == n_rows, f"version {version} of {table.name} has {seen} rows, the commit had {n_rows}"
    of_versions = f", {len(versions[table.name])} versions" if table.name in versions else ""
    print(f"delta: {table.name}, {plain.height} rows by {', '.join(READERS)}{', a checkpoint' if copy else ''}{of_versions}")
if plain_lake == lake:
    run_document(lake)
