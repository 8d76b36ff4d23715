"""The upsert as one would write it in DuckDB: old and new rows, the newest of each key, written to the same partitions.

Both are read as Parquet, so that nothing is parsed here that `convolake` has to parse; only the partitions that new rows
fall in are read and written.
"""

import argparse
import pathlib

import duckdb

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("old", type=pathlib.Path, help="the lake as it is")
    parser.add_argument("new", type=pathlib.Path, help="a lake of the new rows alone")
    parser.add_argument("--to", type=pathlib.Path, required=True, help="the folder for the tables")
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    given.to.mkdir(parents=True)

    database = duckdb.connect(config={"threads": given.threads})
    database.execute("SET timezone = 'UTC'")

    def rows(lake):
        return f"read_parquet('{lake}/messages/*/*/*.parquet', hive_partitioning = true)"

    order = "conversation_id, turn_index, message_index, sent_at, message_id"
    before, within = (f"ORDER BY date, {order}", "") if given.threads == 1 else ("", f", ORDER_BY ({order})")
    database.execute(f"""COPY (
        SELECT * EXCLUDE (place) FROM (
            SELECT *, row_number() OVER (
                PARTITION BY agent_id, conversation_id, message_id ORDER BY fetched_at DESC) AS place
            FROM (
                SELECT * FROM {rows(given.old)} WHERE date IN (SELECT DISTINCT date FROM {rows(given.new)})
                UNION ALL BY NAME SELECT * FROM {rows(given.new)}))
        WHERE place = 1 {before}) TO '{given.to / "messages"}' (
        FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, PARTITION_BY (source, date){within})""")
