"""The tables of a page file by Polars: lazy frames, the pages parsed once, Hive partitions by its own sink.

Measured on 221 MB of export pages: collecting the parsed pages (and then the messages) once and sinking three tables
from them takes half the CPU of one `collect_all` of three lazy sinks, which parses the pages for each. Of reading the
pages, NDJSON with a schema is the only form that survives odd values (`str.json_decode` fails with the first).

What it drops: fields without a column (`extra`), records without an ID, what an odd value said (its cell is null). A
message that is no object is a row without content. JSON columns are Polars' own spelling of the value, and a payload
that is a text stands there as that text, not as JSON. The texts of AgentX steps keep their escapes.
"""

import polars as pl
from polars import col

import arguments

TEXT, NUMBER, COUNT = pl.String, pl.Float64, pl.Int64

METADATA = {
    "user_id": ("userID", TEXT),
    "user_name": ("userName", TEXT),
    "user_email": ("userEmail", TEXT),
    "user_phone": ("userPhone", TEXT),
    "user_image_url": ("userImage", TEXT),
    "user_picture_url": ("userProfilePic", TEXT),
    "user_browser": ("userBrowser", TEXT),
    "user_platform": ("userPlatform", TEXT),
    "channel": ("origin", TEXT),
    "state": ("state", TEXT),
    "assigned_to": ("chatAssignedTo", TEXT),
    "tags": ("tags", pl.List(TEXT)),
    "messages_declared": ("messagesNum", COUNT),
    "interactions": ("interactionsNum", COUNT),
    "sessions": ("sessionsNum", COUNT),
    "duration_seconds": ("convoTimeSeconds", NUMBER),
}
MOMENTS = {
    "started_at": "ts",
    "first_message_at": "firstMessageTS",
    "last_message_at": "lastMessageTS",
    "modified_at": "lastModified",
}

EXPORT_RECORD = pl.Struct({
    "metadata": pl.Struct({"ID": TEXT} | dict(METADATA.values()) | dict.fromkeys(MOMENTS.values(), NUMBER)),
    "turns": pl.List(pl.Struct({
        "from": TEXT,
        "messages": pl.List(pl.Struct({"type": TEXT, "payload": TEXT, "ts": TEXT})),
    })),
})
MESSAGE_RECORD = pl.Struct({
    "_id": TEXT,
    "conversationId": TEXT,
    "time": NUMBER,
    "type": TEXT,
    "userActionType": TEXT,
    "userInput": TEXT,
    "outMsg": TEXT,
})

AGENT = pl.lit("bench").alias("agent_id")


def records(pages, shape):
    frame = pl.scan_ndjson(pages, schema={"data": pl.List(shape)}, ignore_errors=True)
    return frame.select(col("data").explode().struct.unnest())


def moment(seconds):
    """Unix seconds, or milliseconds where the number is too large for them."""
    microseconds = pl.when(seconds > 1e11).then(seconds * 1e3).otherwise(seconds * 1e6)
    return microseconds.cast(pl.Int64).cast(pl.Datetime("us", "UTC"))


def sent(text):
    """`December 1st 2024, 10:30:00 am`, ISO, or Unix seconds."""
    zone = {"strict": False, "time_unit": "us", "time_zone": "UTC"}
    usual = text.str.replace(r"(\d)(st|nd|rd|th) ", "${1} ").str.to_datetime("%B %e %Y, %I:%M:%S %p", **zone)
    return pl.coalesce(usual, text.str.to_datetime("%+", **zone), moment(text.cast(NUMBER, strict=False)))


def positions(lists):
    return pl.int_ranges(col(lists).list.len()).cast(pl.List(pl.Int32))


def write(frame, folder, table, source, date, order):
    frame = frame.with_columns(source=pl.lit(source), date=date.dt.date()).sort(order)
    partitions = pl.PartitionBy(folder / table, key=["source", "date"], include_key=False)
    frame.sink_parquet(partitions, compression="zstd", compression_level=1, mkdir=True)


def export(pages, folder):
    parsed = records(pages, EXPORT_RECORD).with_columns(conversation_id=col("metadata").struct.field("ID"))
    parsed = parsed.filter(col("conversation_id").is_not_null()).collect().lazy()
    field = col("metadata").struct.field
    conversations = parsed.select(
        AGENT,
        "conversation_id",
        **{column: field(name) for column, (name, _) in METADATA.items()},
        **{column: moment(field(name)) for column, name in MOMENTS.items()},
    )
    date = pl.coalesce("first_message_at", "started_at")
    write(conversations, folder, "conversations", "convocore", date, "conversation_id")

    turn = col("turns").struct.field
    with_turns = parsed.filter(col("turns").list.len() > 0)
    with_turns = with_turns.select("conversation_id", "turns", turn_index=positions("turns"))
    turns = with_turns.explode("turns", "turn_index").select(
        "conversation_id",
        "turn_index",
        role=turn("from").replace({"user": "human"}),
        message_count=turn("messages").list.len().cast(pl.Int32),
        messages=turn("messages"),
    )
    message = col("messages").struct.field
    with_messages = turns.filter(col("message_count") > 0).with_columns(message_index=positions("messages"))
    messages = with_messages.explode("messages", "message_index").select(
        "conversation_id",
        "turn_index",
        "message_index",
        "role",
        type=message("type"),
        payload=message("payload"),
        sent_at=sent(message("ts")),
        sent_at_raw=message("ts"),
    )
    messages = messages.collect().lazy()

    of_turn = ["conversation_id", "turn_index"]
    spans = messages.group_by(of_turn).agg(started_at=col("sent_at").min(), ended_at=col("sent_at").max())
    turns = turns.drop("messages").join(spans, on=of_turn, how="left").select(AGENT, pl.all())
    write(turns, folder, "turns", "convocore", col("started_at"), of_turn)

    payload = col("payload")
    text = (
        pl.when(payload.str.starts_with("{"))
        .then(payload.str.json_path_match("$.message"))
        .when(~payload.str.contains(r"^(\[|-?\d|true$|false$)"))
        .then(payload)
    )
    message_id = pl.concat_str("turn_index", pl.lit("."), "message_index")
    messages = messages.with_columns(AGENT, message_id=message_id, text=text)
    write(messages, folder, "messages", "convocore", col("sent_at"), [*of_turn, "message_index"])


def messages(pages, folder):
    said, out = col("userInput"), col("outMsg")
    # A pattern rather than `json_decode`: that fails for all rows where it fails for one, and does so because the
    # NDJSON reader puts texts back together without escaping backslashes and control characters.
    steps = out.str.extract_all(r'"text": "(?:[^"\\]|\\.)*"').list.eval(pl.element().str.slice(9).str.strip_suffix('"'))
    steps = pl.when(steps.list.len() > 0).then(steps.list.join("\n"))
    table = records(pages, MESSAGE_RECORD).select(
        AGENT,
        conversation_id="conversationId",
        message_id="_id",
        role=pl.when(col("type") == "UserInput").then(pl.lit("human")).otherwise(pl.lit("bot")),
        type="type",
        user_action_type="userActionType",
        text=pl.when(said.is_null() | said.str.starts_with("{")).then(steps).otherwise(said),
        payload=out,
        sent_at=moment(col("time")),
    )
    write(table, folder, "messages", "agentx", col("sent_at"), ["conversation_id", "sent_at", "message_id"])


if __name__ == "__main__":
    given = arguments.parse()
    {"export": export, "messages": messages}[given.workload](given.pages, given.to)
