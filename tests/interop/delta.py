"""Reads the Delta tables of a lake with deltalake, Polars and DuckDB's delta extension, and fails where one does not see the plain files' rows.

usage: delta.py LAKE [ROWS [PLAIN]]

Each table is read as it stands, and once more from a copy whose log begins at its newest checkpoint. ROWS is a JSON file: what each version of
each table is to have, as {"messages": {"0": 17}}. PLAIN is the lake whose plain files are meant, where LAKE has none. The packages beside those of requirements.txt lie in the folder that CONVOLAKE_DELTA_PACKAGES
names; without it nothing is read, and that is said.
"""

import json
import os
import pathlib
import shutil
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

connection = duckdb.connect()
extension = next(pathlib.Path(duckdb_extension_delta.__file__).parent.rglob("delta.duckdb_extension"))
connection.execute(f"LOAD '{extension}'; SET TimeZone = 'UTC'")


def by_deltalake(table):
    return polars.from_arrow(deltalake.DeltaTable(str(table)).to_pyarrow_table())


def by_polars(table):
    return polars.scan_delta(str(table)).collect()


def by_duckdb(table):
    return connection.sql(f"SELECT * FROM delta_scan('{table}')").pl()


READERS = {"deltalake": by_deltalake, "Polars": by_polars, "DuckDB": by_duckdb}


def rows(frame):
    """All rows in any order: names sorted, cells as text."""
    texts = [
        polars.col(name).list.join("\x1f", ignore_nulls=False)
        if frame.schema[name] == polars.List(polars.String)
        else polars.col(name).cast(polars.String)
        for name in sorted(frame.columns)
    ]
    return sorted(frame.select(texts).rows(), key=repr)


def check(table, plain, what):
    for reader, read in READERS.items():
        found = rows(read(table))
        assert found == plain, f"{reader} reads {len(found)} rows of {table.name} {what}, the plain files hold {len(plain)}"


def from_checkpoint(table, folder):
    """A copy of the table without the versions before its newest checkpoint; None where it has none."""
    copy = pathlib.Path(folder) / table.name
    shutil.copytree(table, copy)
    checkpoints = sorted((copy / "_delta_log").glob("*.checkpoint.parquet"))
    if not checkpoints:
        return None
    newest = int(checkpoints[-1].name.split(".")[0])
    for version in (copy / "_delta_log").glob("*.json"):
        if int(version.stem) < newest:
            version.unlink()
    return copy


def run_document(lake):
    """Runs the lines of docs/warehouses.md that are said to be run: those indented behind headings that say so."""
    document = pathlib.Path(__file__).parents[2] / "docs" / "warehouses.md"
    reader, n_lines = None, 0
    for line in document.read_text().splitlines():
        if line.startswith("##"):
            reader = line.split()[1] if "(*run*)" in line else None
        elif line.startswith("    ") and reader in ("DuckDB", "Polars"):
            line = line.strip().replace("LAKE", str(lake))
            if reader == "DuckDB":
                connection.execute(line.replace("INSTALL delta; LOAD delta;", "SELECT 1;")).fetchall()
            else:
                eval(line, {"polars": polars, "deltalake": deltalake})
            n_lines += 1
    assert n_lines >= 7, f"{n_lines} lines of {document} were run"
    print(f"delta: {n_lines} lines of docs/warehouses.md")


lake = pathlib.Path(sys.argv[1])
versions = json.loads(pathlib.Path(sys.argv[2]).read_text()) if len(sys.argv) > 2 else {}
plain_lake = pathlib.Path(sys.argv[3]) if len(sys.argv) > 3 else lake
if plain_lake != lake:
    assert not any((lake / table.name).exists() for table in (lake / "delta").iterdir()), f"{lake} has plain files"
for table in sorted(path for path in (lake / "delta").iterdir() if (path / "_delta_log").is_dir()):
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
    for version, n_rows in versions.get(table.name, {}).items():
        seen = polars.scan_delta(str(table), version=int(version)).select(polars.len()).collect().item()
        assert seen == n_rows, f"version {version} of {table.name} has {seen} rows, the commit had {n_rows}"
    of_versions = f", {len(versions[table.name])} versions" if table.name in versions else ""
    print(f"delta: {table.name}, {plain.height} rows by {', '.join(READERS)}{', a checkpoint' if copy else ''}{of_versions}")
if plain_lake == lake:
    run_document(lake)
