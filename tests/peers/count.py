"""Says what a contestant wrote: count.py FOLDER prints `{"bytes": N, "tables": {NAME: ROWS}}`.

A table is a folder that holds Parquet files at any depth; dlt's names for nested records are read as ours.
"""

import json
import pathlib
import sys

import duckdb

NAMES = {"conversations__turns": "turns", "conversations__turns__messages": "messages"}
OURS = ["conversations", "turns", "messages"]


def main():
    root = pathlib.Path(sys.argv[1])
    files = [path for path in root.rglob("*.parquet") if "_convolake" not in path.parts]
    by_table = {}
    for path in files:
        name = next(part for part in path.relative_to(root).parts if part != "lake")
        by_table.setdefault(NAMES.get(name, name), []).append(str(path))
    rows = {
        table: duckdb.execute("SELECT sum(num_rows)::BIGINT FROM parquet_file_metadata(?)", [paths]).fetchone()[0]
        for table, paths in by_table.items()
        if table in OURS
    }
    print(json.dumps({"bytes": sum(path.stat().st_size for path in files), "tables": rows}))


if __name__ == "__main__":
    main()
