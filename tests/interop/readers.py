"""Reads a lake with DuckDB, Polars, pyarrow and Spark, and fails where they do not agree.

usage: readers.py LAKE

Every table must show the columns of schemas/tables, in each reader's own words for their types, and the same counts
and the same answers to two grouped questions. Spark is left out, aloud, where there is no Java.
"""

import os
import pathlib
import shutil
import sys

import contract

# A type of schemas/tables in each reader's words.
WORDS = {
    "DuckDB": {
        "string": "VARCHAR",
        "json": "VARCHAR",
        "int32": "INTEGER",
        "int64": "BIGINT",
        "float64": "DOUBLE",
        "bool": "BOOLEAN",
        "timestamp": "TIMESTAMP WITH TIME ZONE",
        "date": "DATE",
        "list<string>": "VARCHAR[]",
    },
    "Polars": {
        "string": "String",
        "json": "String",
        "int32": "Int32",
        "int64": "Int64",
        "float64": "Float64",
        "bool": "Boolean",
        "timestamp": "Datetime(time_unit='us', time_zone='UTC')",
        "date": "Date",
        "list<string>": "List(String)",
    },
    "pyarrow": {
        "string": "string",
        "json": "string",
        "int32": "int32",
        "int64": "int64",
        "float64": "double",
        "bool": "bool",
        "timestamp": "timestamp[us, tz=UTC]",
        "date": "date32[day]",
        "list<string>": "list<string>",
    },
    "Spark": {
        "string": "string",
        "json": "string",
        "int32": "int",
        "int64": "bigint",
        "float64": "double",
        "bool": "boolean",
        "timestamp": "timestamp",
        "date": "date",
        "list<string>": "array<string>",
    },
}

# Messages a date and role, with the span of time they cover; conversations a source and channel, with their tags.
MESSAGES = """
    SELECT CAST({date} AS {text}), role, count(*), count(DISTINCT conversation_id),
           min({micros}(sent_at)), max({micros}(sent_at)), sum(message_index)
    FROM messages GROUP BY 1, 2"""
CONVERSATIONS = """
    SELECT source, channel, count(*), min({micros}(started_at)), sum(messages_declared), sum({length}(tags))
    FROM conversations GROUP BY 1, 2"""


class DuckDB:
    """The tables as views over `read_parquet`."""

    def __init__(self, lake, tables):
        import duckdb

        self.connection = duckdb.connect()
        self.connection.execute("SET TimeZone = 'UTC'")
        for table in tables:
            files = str(lake / table / "**" / "*.parquet").replace("'", "''")
            self.connection.execute(
                f"CREATE VIEW {table} AS SELECT * FROM read_parquet('{files}', hive_partitioning = true)"
            )

    def columns(self, table):
        rows = self.connection.execute(f"DESCRIBE {table}").fetchall()
        return {row[0]: row[1] for row in rows}

    def count(self, table):
        return self.connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]

    def ask(self, question):
        words = {"date": "date", "text": "VARCHAR", "micros": "epoch_us", "length": "len"}
        return self.connection.execute(question.format(**words)).fetchall()


class Polars:
    """The tables as lazy frames; questions are asked in expressions."""

    def __init__(self, lake, tables):
        import polars

        self.polars = polars
        self.frames = {
            table: polars.scan_parquet(str(lake / table / "**" / "*.parquet"), hive_partitioning=True)
            for table in tables
        }

    def columns(self, table):
        return {name: str(kind) for name, kind in self.frames[table].collect_schema().items()}

    def count(self, table):
        return self.frames[table].select(self.polars.len()).collect().item()

    def ask(self, question):
        column, length = self.polars.col, self.polars.len()

        def micros(name):
            return column(name).cast(self.polars.Int64)

        def total(expression):
            # As in SQL: the sum of nothing is null.
            return self.polars.when(expression.count() > 0).then(expression.sum())

        if question is MESSAGES:
            groups = [column("date").cast(self.polars.String).alias("date"), column("role")]
            answers = [
                length.alias("n"),
                column("conversation_id").n_unique().alias("conversations"),
                micros("sent_at").min().alias("first"),
                micros("sent_at").max().alias("last"),
                total(column("message_index").cast(self.polars.Int64)).alias("indices"),
            ]
            return self.frames["messages"].group_by(groups).agg(answers).collect().rows()
        groups = [column("source").cast(self.polars.String).alias("source"), column("channel")]
        answers = [
            length.alias("n"),
            micros("started_at").min().alias("first"),
            total(column("messages_declared")).alias("declared"),
            total(column("tags").list.len().cast(self.polars.Int64)).alias("tags"),
        ]
        return self.frames["conversations"].group_by(groups).agg(answers).collect().rows()


class PyArrow:
    """The tables as datasets; groups are counted here."""

    def __init__(self, lake, tables):
        import pyarrow
        import pyarrow.dataset

        self.datasets = {
            table: pyarrow.dataset.dataset(lake / table, format="parquet", partitioning="hive") for table in tables
        }

    def columns(self, table):
        # What is called "element" differs from writer to writer and says nothing.
        shown = {field.name: field.type for field in self.datasets[table].schema}
        return {name: f"list<{kind.value_type}>" if "list" in str(kind) else str(kind) for name, kind in shown.items()}

    def count(self, table):
        return self.datasets[table].count_rows()

    def ask(self, question):
        import pyarrow

        table, keys, values = (
            ("messages", ["date", "role"], ["conversation_id", "sent_at", "message_index"])
            if question is MESSAGES
            else ("conversations", ["source", "channel"], ["started_at", "messages_declared", "tags"])
        )
        read = self.datasets[table].to_table(columns=keys + values)
        for name in ("sent_at", "started_at"):
            if name in values:
                place = read.schema.get_field_index(name)
                read = read.set_column(place, name, read[name].cast(pyarrow.int64()))
        if "date" in keys:
            place = read.schema.get_field_index("date")
            read = read.set_column(place, "date", read["date"].cast(pyarrow.string()))
        groups = {}
        for row in zip(*(read[name].to_pylist() for name in keys + values)):
            groups.setdefault(row[:2], []).append(row[2:])
        return [key + answer(question, rows) for key, rows in groups.items()]


def answer(question, rows):
    def known(place):
        return [row[place] for row in rows if row[place] is not None]

    def total(numbers):
        return sum(numbers) if numbers else None

    if question is MESSAGES:
        times = known(1)
        span = (min(times, default=None), max(times, default=None))
        return (len(rows), len(set(known(0))), *span, total(known(2)))
    tags = [len(tags) for tags in known(2)]
    return (len(rows), min(known(0), default=None), total(known(1)), total(tags))


class Spark:
    """The tables as views of a local session."""

    def __init__(self, lake, tables):
        from pyspark.sql import SparkSession

        # One small process that draws nothing on a screen and listens on loopback only.
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        settings = {
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            "spark.sql.session.timeZone": "UTC",
            "spark.sql.shuffle.partitions": "1",
            # A few short questions: compiling less is faster than running faster.
            "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
            "spark.log.level": "ERROR",
        }
        builder = SparkSession.builder.master("local[2]")
        for name, value in settings.items():
            builder = builder.config(name, value)
        self.session = builder.getOrCreate()
        for table in tables:
            self.session.read.parquet(str(lake / table)).createOrReplaceTempView(table)

    def columns(self, table):
        return {field.name: field.dataType.simpleString() for field in self.session.table(table).schema}

    def count(self, table):
        return self.session.table(table).count()

    def ask(self, question):
        words = {"date": "date", "text": "STRING", "micros": "unix_micros", "length": "cardinality"}
        return [tuple(row) for row in self.session.sql(question.format(**words)).collect()]


def readers(lake, tables):
    found = {"DuckDB": DuckDB(lake, tables), "Polars": Polars(lake, tables), "pyarrow": PyArrow(lake, tables)}
    if shutil.which("java"):
        found["Spark"] = Spark(lake, tables)
    else:
        print("skipped: Spark, since there is no java on the PATH")
    return found


def same(what, answers):
    """All readers say the same."""
    (first, expected), *others = answers.items()
    for name, shown in others:
        if shown != expected:
            differing = next(
                (pair for pair in zip(expected, shown) if pair[0] != pair[1]), (len(expected), len(shown))
            ) if isinstance(shown, list) else (expected, shown)
            sys.exit(f"{what}: {first} and {name} differ: {differing[0]!r} and {differing[1]!r}")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    lake = pathlib.Path(sys.argv[1]).resolve()
    tables = {name: columns for name, columns in contract.tables().items() if (lake / name).is_dir()}
    if not tables:
        sys.exit(f"{lake}: no table of schemas/tables is here")
    all_readers = readers(lake, tables)

    by_month, by_day = set(), set()
    for table, columns in tables.items():
        for name, reader in all_readers.items():
            shown = reader.columns(table)
            # What stands in the path stands there as text, but for a day; each reader has its own idea of that and of the source.
            shown.pop("source")
            kind = by_month if "month" in shown else by_day
            kind.add(table)
            if kind is by_month:
                month, date = shown.pop("month"), shown.pop("date")
                if (month, date) != (WORDS[name]["string"], WORDS[name]["date"]):
                    sys.exit(f"{table}: {name} shows the month as {month} and the date as {date}")
            else:
                shown.pop("date")
            expected = {column: WORDS[name][kind] for column, kind in columns.items()}
            if list(shown) != list(expected):
                odd = sorted(set(shown) ^ set(expected)) or "their order"
                sys.exit(f"{table}: {name} shows other columns than schemas/tables: {odd}")
            for column, kind in expected.items():
                if shown[column] != kind:
                    sys.exit(f"{table}.{column}: {name} shows {shown[column]}, expected {kind}")
        counts = {name: reader.count(table) for name, reader in all_readers.items()}
        same(f"rows of {table}", counts)
        cut = "month" if table in by_month else "day"
        if table in by_month & by_day:
            sys.exit(f"{table}: some readers take it to be cut by months and some by days")
        print(f"{table}: {next(iter(counts.values()))} rows, {len(columns)} columns, a file a {cut}, by {', '.join(counts)}")

    for table, question in (("messages", MESSAGES), ("conversations", CONVERSATIONS)):
        if table in tables:
            answers = {
                name: sorted(map(tuple, reader.ask(question)), key=repr) for name, reader in all_readers.items()
            }
            same(f"the question about {table}", answers)
            print(f"the question about {table}: {len(next(iter(answers.values())))} groups, the same by all")


if __name__ == "__main__":
    main()
