"""What a team would write without convolake: pages by Spark's own `from_json`, to the columns of a lake's tables.

It reads lines of {"page", "fetched_at", "body"} that were decompressed for it, takes the newest of each conversation, makes rows of
conversations, turns and messages, sorts them, and writes a Parquet file a month, compressed by zstd as the lake's are. It keeps no field without a
column, no value that its type does not hold, and quarantines nothing.
"""

import pathlib

from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as f

METADATA = (
    "ID STRING, userID STRING, userName STRING, userEmail STRING, userPhone STRING, userImage STRING, userProfilePic STRING, userBrowser STRING, "
    "userPlatform STRING, origin STRING, state STRING, chatAssignedTo STRING, tags ARRAY<STRING>, messagesNum BIGINT, interactionsNum BIGINT, "
    "sessionsNum BIGINT, convoTimeSeconds DOUBLE, ts DOUBLE, firstMessageTS DOUBLE, lastMessageTS DOUBLE, lastModified DOUBLE"
)
RECORD = f"metadata STRUCT<{METADATA}>, turns ARRAY<STRUCT<`from`: STRING, messages: ARRAY<STRUCT<type: STRING, payload: STRING, ts: STRING>>>>"
LINE = f"page STRING, fetched_at STRING, body STRUCT<data: ARRAY<STRUCT<{RECORD}>>>"
# Columns of `conversations` by the fields they are of; those of instants by themselves.
TEXTS = {
    "conversation_id": "ID",
    "user_id": "userID",
    "user_name": "userName",
    "user_email": "userEmail",
    "user_phone": "userPhone",
    "user_image_url": "userImage",
    "user_picture_url": "userProfilePic",
    "user_browser": "userBrowser",
    "user_platform": "userPlatform",
    "channel": "origin",
    "state": "state",
    "assigned_to": "chatAssignedTo",
    "tags": "tags",
    "messages_declared": "messagesNum",
    "interactions": "interactionsNum",
    "sessions": "sessionsNum",
    "duration_seconds": "convoTimeSeconds",
}
INSTANTS = {"started_at": "ts", "first_message_at": "firstMessageTS", "last_message_at": "lastMessageTS", "modified_at": "lastModified"}


def write_tables(spark: SparkSession, pages: pathlib.Path, to: pathlib.Path, agent: str, columns: dict) -> None:
    """`columns` are those of each table, as Spark has them; what the pages do not have is null, as in the lake."""
    lines = spark.read.text(str(pages)).select(f.from_json("value", LINE).alias("line")).select("line.*")
    records = lines.select("page", "fetched_at", f.explode("body.data").alias("r")).select("page", "fetched_at", "r.metadata", "r.turns")
    records = records.withColumn("conversation_id", f.col("metadata.ID"))
    newest = Window.partitionBy("conversation_id").orderBy(f.desc("fetched_at"), f.desc("page"))
    records = records.withColumn("nth", f.row_number().over(newest)).where("nth = 1").drop("nth")
    records = records.withColumn("agent_id", f.lit(agent)).withColumn("fetched_at", f.to_timestamp("fetched_at")).cache()
    of_record = ["agent_id", "conversation_id", "fetched_at", "page"]
    turns = records.select(*of_record, f.posexplode("turns").alias("turn_index", "turn"))
    sent = f.transform("turn.messages", lambda message: f.to_timestamp(message.ts))
    role = f.when(f.col("turn.from") == "user", "human").otherwise(f.col("turn.from")).alias("role")
    payload = f.col("m.payload")
    is_object = payload.startswith("{")
    messages = turns.select(*of_record, "turn_index", role, f.posexplode("turn.messages").alias("message_index", "m"))
    tables = {
        "conversations": records.select(
            *of_record,
            *(f.col(f"metadata.{field}").alias(name) for name, field in TEXTS.items() if name != "conversation_id"),
            *(f.timestamp_micros((f.col(f"metadata.{field}") * 1e6).cast("bigint")).alias(name) for name, field in INSTANTS.items()),
        ),
        "turns": turns.select(
            *of_record, "turn_index", role, f.size("turn.messages").alias("message_count"), f.array_min(sent).alias("started_at"), f.array_max(sent).alias("ended_at")
        ),
        "messages": messages.select(
            *of_record,
            "turn_index",
            "message_index",
            f.concat_ws(".", "turn_index", "message_index").alias("message_id"),
            "role",
            f.col("m.type").alias("type"),
            f.when(is_object, f.get_json_object(payload, "$.message")).otherwise(payload).alias("text"),
            f.when(is_object, payload).otherwise(f.to_json(f.struct(payload.alias("t"))).substr(f.lit(6), f.length(f.to_json(f.struct(payload.alias("t")))) - 6)).alias("payload"),
            f.to_timestamp("m.ts").alias("sent_at"),
            f.col("m.ts").alias("sent_at_raw"),
        ),
    }
    keys = {"conversations": ["started_at"], "turns": ["started_at", "turn_index"], "messages": ["sent_at", "turn_index", "message_index"]}
    for name, rows in tables.items():
        time, *places = keys[name]
        write(with_columns(rows, columns[name]), time, ["conversation_id", *places], to / name)
    records.unpersist()


def with_columns(rows: DataFrame, columns) -> DataFrame:
    """Exactly these columns."""
    return rows.select(*(f.col(field.name).cast(field.dataType) if field.name in rows.columns else f.lit(None).cast(field.dataType).alias(field.name) for field in columns))


def write(rows: DataFrame, time: str, order: list[str], to: pathlib.Path) -> None:
    """A file a month, its rows by date and place, as the lake's are."""
    rows = rows.withColumn("date", f.to_date(time)).withColumn("month", f.date_format(time, "yyyy-MM"))
    rows.repartition("month").sortWithinPartitions("month", "date", *order).write.option("compression", "zstd").partitionBy("month").parquet(str(to))
