"""The tables of a page file by DuckDB, in the best SQL found for it.

Measured on 221 MB of export pages (762,170 messages), DuckDB 2.0, one thread: CPU seconds, the least of three runs.

  pages to records (alone)            read_json_objects, a json_transform a page                        2.1   <- taken
                                      lines by read_csv, a json_transform a page (thrice the memory)    2.3
                                      read_json_objects, from_json of the extracted `data`              2.4
                                      read_json, all columns spelled out (and odd values cost pages)    4.1
                                      read_json of `data JSON[]`, a json_transform a record             4.5
  all of it                                                                                             8.1   <- taken
    with turns otherwise              a table of messages, turns out of it by GROUP BY                  9.0
    with sent_at otherwise            the ordinal taken out by regexp_replace                           8.4
                                      strptime with four formats                                        8.8
    with the order otherwise          ORDER_BY of the COPY itself                                       9.2

ORDER BY before the COPY leaves files sorted only on one thread, and only where it begins with the partition.

What it drops: fields without a column (`extra`), records without an ID, what an odd value said (its cell is null).
Messages and turns that are no objects are rows without content, as with us, but their text is lost.
"""

import json

import duckdb

import arguments

TEXT, NUMBER, COUNT = "VARCHAR", "DOUBLE", "BIGINT"

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
    "tags": ("tags", [TEXT]),
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

EXPORT_RECORD = {
    "metadata": {"ID": TEXT} | dict(METADATA.values()) | dict.fromkeys(MOMENTS.values(), NUMBER),
    "turns": [{"from": TEXT, "messages": [{"type": TEXT, "payload": "JSON", "ts": TEXT}]}],
}
MESSAGE_RECORD = {
    "_id": TEXT,
    "conversationId": TEXT,
    "time": NUMBER,
    "type": TEXT,
    "userActionType": TEXT,
    "userInput": "JSON",
    "outMsg": "JSON",
}

# Unix seconds, or milliseconds where the number is too large for them.
MOMENT = "make_timestamp(CASE WHEN s > 1e11 THEN (s * 1e3)::BIGINT ELSE (s * 1e6)::BIGINT END)::TIMESTAMPTZ"

# `December 1st 2024, 10:30:00 am`: before the comma stand the year's four digits, a blank, and the ordinal's two
# letters. (`replace` of the ordinals would spoil August.)
SENT = """coalesce(
    try_strptime(left(t, instr(t, ',') - 8) || substr(t, instr(t, ',') - 5), '%B %-d %Y, %I:%M:%S %p')::TIMESTAMPTZ,
    try_cast(t AS TIMESTAMPTZ),
    moment(try_cast(t AS DOUBLE)))"""


class Lake:
    def __init__(self, pages, folder, threads):
        self.pages, self.folder, self.threads = pages, folder, threads
        self.database = duckdb.connect(config={"threads": threads})
        self.run("SET timezone = 'UTC'")
        self.run(f"CREATE MACRO moment(s) AS {MOMENT}")
        self.run(f"CREATE MACRO sent(t) AS {SENT}")

    def run(self, sql):
        self.database.execute(sql)

    def records(self, shape):
        """A query of one column `record`."""
        return f"""SELECT unnest(page.data) AS record FROM (
            SELECT json_transform(json, '{json.dumps({"data": [shape]})}') AS page
            FROM read_json_objects('{self.pages}', format = 'newline_delimited'))"""

    def write(self, table, order, sql):
        before, within = (f"ORDER BY date, {order}", "") if self.threads == 1 else ("", f", ORDER_BY ({order})")
        self.run(f"""COPY ({sql} {before}) TO '{self.folder / table}' (
            FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, PARTITION_BY (source, date){within})""")


def export(lake):
    lake.run(f"""CREATE TEMP TABLE records AS
        SELECT record.metadata AS m, record.turns AS turns FROM ({lake.records(EXPORT_RECORD)})
        WHERE record.metadata.ID IS NOT NULL""")
    columns = [f'm."{field}" AS {column}' for column, (field, _) in METADATA.items()]
    columns += [f'moment(m."{field}") AS {column}' for column, field in MOMENTS.items()]
    lake.write("conversations", "conversation_id", f"""
        SELECT 'bench' AS agent_id, m.ID AS conversation_id, {", ".join(columns)},
            'convocore' AS source, coalesce(first_message_at, started_at)::DATE AS date
        FROM records""")
    lake.run("""CREATE TEMP TABLE turns AS
        SELECT id, turn_index, CASE turn."from" WHEN 'user' THEN 'human' ELSE turn."from" END AS role,
            turn.messages AS messages, list_transform(turn.messages, lambda message: sent(message.ts)) AS sent
        FROM (SELECT m.ID AS id, unnest(turns) AS turn, (generate_subscripts(turns, 1) - 1)::INT AS turn_index
            FROM records)""")
    lake.run("DROP TABLE records")
    lake.write("turns", "conversation_id, turn_index", """
        SELECT 'bench' AS agent_id, id AS conversation_id, turn_index, role, len(messages)::INT AS message_count,
            list_min(sent) AS started_at, list_max(sent) AS ended_at,
            'convocore' AS source, started_at::DATE AS date
        FROM turns""")
    lake.write("messages", "conversation_id, turn_index, message_index", """
        SELECT 'bench' AS agent_id, id AS conversation_id, turn_index || '.' || message_index AS message_id,
            turn_index, message_index, role, message.type AS type,
            CASE left(message.payload::VARCHAR, 1)
                WHEN '"' THEN message.payload->>'$'
                WHEN '{' THEN message.payload->>'$.message' END AS text,
            message.payload AS payload, sent_at, message.ts AS sent_at_raw,
            'convocore' AS source, sent_at::DATE AS date
        FROM (SELECT id, turn_index, role, unnest(messages) AS message, unnest(sent) AS sent_at,
                (generate_subscripts(messages, 1) - 1)::INT AS message_index
            FROM turns)""")


def messages(lake):
    lake.write("messages", "conversation_id, sent_at, message_id", f"""
        SELECT 'bench' AS agent_id, record.conversationId AS conversation_id, record._id AS message_id,
            CASE record.type WHEN 'UserInput' THEN 'human' ELSE 'bot' END AS role, record.type AS type,
            record.userActionType AS user_action_type,
            CASE WHEN left(record.userInput::VARCHAR, 1) = '"' THEN record.userInput->>'$'
                ELSE nullif(array_to_string(record.outMsg->>'$.steps[*].text', chr(10)), '') END AS text,
            record.outMsg AS payload, moment(record.time) AS sent_at,
            'agentx' AS source, sent_at::DATE AS date
        FROM ({lake.records(MESSAGE_RECORD)})""")


if __name__ == "__main__":
    given = arguments.parse()
    given.to.mkdir(parents=True)
    {"export": export, "messages": messages}[given.workload](Lake(given.pages, given.to, given.threads))
