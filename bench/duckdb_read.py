"""DuckDB's time to read what `parquet_settings --write-to` wrote, on one thread.

usage: duckdb_read.py ROUNDS FOLDER/VARIANT...

Prints a table of Markdown: for each variant and question the processor and the wall time in ms, the least of all
rounds, and fails where the variants do not give the same answers.
"""

import pathlib
import resource
import sys
import time

import duckdb


def processor_s():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def table(folder, name):
    files = str(folder / name / "**" / "*.parquet").replace("'", "''")
    return f"read_parquet('{files}', hive_partitioning = true)"


def questions(connection, folder):
    """Functions of a folder that give a question's SQL, by name."""
    messages = table(folder, "messages")
    ids = connection.execute(
        f"SELECT DISTINCT conversation_id FROM {messages} ORDER BY hash(conversation_id) LIMIT 1"
    ).fetchone()
    dates = [row[0] for row in connection.execute(f"SELECT DISTINCT date FROM {messages} ORDER BY 1").fetchall()]
    columns = [row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {messages}").fetchall()]
    first, last = dates[len(dates) // 3], dates[min(len(dates) // 3 + 6, len(dates) - 1)]
    every = ", ".join(f"min({column}), count({column})" for column in columns)
    asked = {
        "count by role": "SELECT role, count(*) FROM {messages} GROUP BY 1 ORDER BY 1",
        "one conversation": f"SELECT * FROM {{messages}} WHERE conversation_id = '{ids[0]}' ORDER BY ALL",
        "no conversation": f"SELECT count(*) FROM {{messages}} WHERE conversation_id = '{ids[0]}x'",
        "text LIKE": "SELECT count(*) FROM {messages} WHERE text LIKE '%refund%'",
        "seven days": f"""SELECT count(*), min(text), count(DISTINCT conversation_id) FROM {{messages}}
            WHERE sent_at >= TIMESTAMPTZ '{first} 00:00:00+00' AND sent_at < TIMESTAMPTZ '{last} 00:00:00+00'""",
        "all columns": f"SELECT {every} FROM {{messages}}",
    }
    if (folder / "conversations").is_dir():
        asked["conversations"] = """SELECT channel, count(*), min(user_name), max(first_message_at)
            FROM {conversations} GROUP BY 1 ORDER BY 1"""
    return asked


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    n_rounds, folders = int(sys.argv[1]), [pathlib.Path(folder) for folder in sys.argv[2:]]
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET threads = 1")
    asked = questions(connection, folders[0])
    least, answers = {}, {}
    for _ in range(n_rounds):
        for folder in folders:
            for name, sql in asked.items():
                sql = sql.format(messages=table(folder, "messages"), conversations=table(folder, "conversations"))
                processor, wall = processor_s(), time.perf_counter()
                answer = connection.execute(sql).fetchall()
                taken = (processor_s() - processor, time.perf_counter() - wall)
                if answers.setdefault(name, answer) != answer:
                    sys.exit(f"{folder}: another answer to: {name}")
                before = least.get((folder, name), taken)
                least[folder, name] = tuple(map(min, before, taken))
    print(f"| variant | {' | '.join(asked)} | all |")
    print(f"| --- |{' ---: |' * (len(asked) + 1)}")
    for folder in folders:
        times = [least[folder, name] for name in asked]
        times.append(tuple(map(sum, zip(*times))))
        cells = " | ".join(f"{processor * 1e3:.0f} / {wall * 1e3:.0f}" for processor, wall in times)
        print(f"| {folder.name} | {cells} |")


if __name__ == "__main__":
    main()
