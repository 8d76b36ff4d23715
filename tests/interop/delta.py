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
import pyarrow.compute
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


def check_filters(table, plain, what):
    """Filters that deltalake hands to pyarrow with what the log tells of each file, by which pyarrow passes files over (delta-rs#3173, #3201, #3032): for each
    column the rows without a value, those of one value, and of instants those before and behind one. DuckDB and Polars over the same dataset."""
    delta = deltalake.DeltaTable(str(table), storage_options=STORE)
    dataset = delta.to_pyarrow_dataset()
    n_filters = 0
    for name, data_type in plain.schema.items():
        if data_type == polars.List(polars.String):
            continue
        field, column = pyarrow.compute.field(name), plain[name]
        filters = {"IS NULL": (field.is_null(), column.is_null()), "IS NOT NULL": (field.is_valid(), column.is_not_null())}
        values = column.drop_nulls().sort()
        if len(values):
            middle = values[len(values) // 2]
            filters["="] = (field == middle, column == middle)
            filters["<"] = (field < middle, column < middle)
            filters[">="] = (field >= middle, column >= middle)
            filters["= the greatest"] = (field == values[-1], column == values[-1])
            by_list = delta.to_pyarrow_table(filters=[(name, "=", middle)]).num_rows
            assert by_list == (column == middle).sum(), f"filters=[({name}, =, {middle})] reads {by_list} rows of {table} {what}"
        for words, (filter, expected) in filters.items():
            found = dataset.count_rows(filter=filter)
            assert found == expected.sum(), f"{name} {words} reads {found} rows of {table} {what}, the plain files hold {expected.sum()}"
            n_filters += 1
    for name in {"role", "agent_id"} & set(plain.columns):
        value = plain[name].drop_nulls().sort()[-1]
        expected = (plain[name] == value).sum()
        by_duckdb = duckdb.sql(f"SELECT count(*) FROM dataset WHERE {name} = '{value}'").fetchall()[0][0]
        by_polars = polars.scan_pyarrow_dataset(dataset).filter(polars.col(name) == value).collect().height
        assert by_duckdb == by_polars == expected, f"{name} = {value} over the dataset: {by_duckdb} and {by_polars}, not {expected}"
    return n_filters


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
    n_filters = check_filters(table, plain, "as they stand")
    with tempfile.TemporaryDirectory() as folder:
        copy = from_checkpoint(table, folder)
        if copy:
            check(copy, expected, "from a checkpoint")
            check_filters(copy, plain, "from a checkpoint")
    if url:
        check(f"{url}/delta/{table.name}", expected, "over S3", OVER_S3)
        print(f"delta: {table.name}, over S3 by {', '.join(OVER_S3)}")
    for version, n_rows in versions.get(table.name, {}).items():
        seen = polars.scan_delta(str(table), version=int(version)).select(polars.len()).collect().item()
        assert seen == n_rows, f"version {version} of {table.name} has {seen} rows, the commit had {n_rows}"
    of_versions = f", {len(versions[table.name])} versions" if table.name in versions else ""
    print(f"delta: {table.name}, {plain.height} rows by {', '.join(READERS)}, {n_filters} filters{', a checkpoint' if copy else ''}{of_versions}")
if plain_lake == lake:
    run_document(lake)
