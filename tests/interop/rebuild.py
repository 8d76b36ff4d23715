"""Puts every exported record together again from a lake's rows, and fails at the first that differs.

usage: rebuild.py LAKE RECORDS_DIR

RECORDS_DIR holds what was served, one record a line: agentx_conversations.jsonl, agentx_messages.jsonl,
convocore_list.jsonl, convocore_export.jsonl; a stream without a file is not looked at. Written from the documents
alone: which column a field goes to, and what stands in `extra`. A record without an id of its own is none that a row
could hold; such are counted, and must not have reached a table.
"""

import datetime
import decimal
import json
import pathlib
import re
import sys

import pyarrow
import pyarrow.dataset

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
LONE_SURROGATE = re.compile("[\ud800-\udfff]")
SURROGATE = re.compile(r"\\u[dD]")
ABSENT = object()


class Column:
    """How a cell becomes the source's value again."""

    def __init__(self, field, column, back=lambda value: value):
        self.field, self.column, self.back = field, column, back


# Numbers keep every digit: a float would round, and an exponent of 400 would be infinite.
from_json = json.JSONDecoder(parse_float=decimal.Decimal).decode


def seconds(micros):
    return decimal.Decimal(micros) / 1_000_000


def iso(micros):
    moment = EPOCH + datetime.timedelta(microseconds=micros)
    return moment.replace(tzinfo=None).isoformat()


METADATA = [
    Column("ID", "conversation_id"),
    Column("userID", "user_id"),
    Column("userName", "user_name"),
    Column("userEmail", "user_email"),
    Column("userPhone", "user_phone"),
    Column("userImage", "user_image_url"),
    Column("userProfilePic", "user_picture_url"),
    Column("userBrowser", "user_browser"),
    Column("userPlatform", "user_platform"),
    Column("origin", "channel"),
    Column("state", "state"),
    Column("tags", "tags"),
    Column("messagesNum", "messages_declared"),
    Column("interactionsNum", "interactions"),
    Column("sessionsNum", "sessions"),
    Column("convoTimeSeconds", "duration_seconds"),
    Column("chatAssignedTo", "assigned_to"),
    Column("ts", "started_at", seconds),
    Column("firstMessageTS", "first_message_at", seconds),
    Column("lastMessageTS", "last_message_at", seconds),
    Column("lastModified", "modified_at", seconds),
]
LEAD = METADATA + [
    Column("title", "title"),
    Column("notes", "notes"),
    Column("userCompany", "user_company"),
    Column("userAddress", "user_address"),
    Column("userWebsite", "user_website"),
    Column("user", "user", from_json),
    Column("feedback", "feedback", from_json),
]
AGENTX_CONVERSATION = [
    Column("_id", "conversation_id"),
    Column("startTime", "started_at", seconds),
    Column("lastActionAt", "modified_at", iso),
    Column("locale", "locale"),
    Column("tags", "tags"),
    Column("metadata", "metadata", from_json),
    Column("userMessageCount", "user_messages_declared"),
]
AGENTX_MESSAGE = [
    Column("_id", "message_id"),
    Column("conversationId", "conversation_id"),
    Column("time", "sent_at", seconds),
    Column("type", "type"),
    Column("outMsg", "payload", from_json),
    Column("userActionType", "user_action_type"),
]


def filled(row, columns):
    """The fields whose columns are filled."""
    return {field.field: field.back(row[field.column]) for field in columns if row[field.column] is not None}


def extra(row):
    return ABSENT if row["extra"] is None else numbers_again(from_json(row["extra"]))


def numbers_again(kept):
    """Numbers beyond a double stand as texts; the last member `_numbers` lists where."""
    names = [name for name in kept if re.fullmatch("_numbers_*", name)] if isinstance(kept, dict) else []
    if not names:
        return kept
    for pointer in kept.pop(max(names, key=len)):
        *path, last = [key.replace("~1", "/").replace("~0", "~") for key in pointer.split("/")[1:]]
        place = kept
        for key in path:
            place = place[int(key) if isinstance(place, list) else key]
        last = int(last) if isinstance(place, list) else last
        place[last] = from_json(place[last])
    return kept


def flat(row, columns):
    """A record that is one row; `extra` knows better than a column."""
    kept = extra(row)
    return filled(row, columns) | ({} if kept is ABSENT else kept)


def agentx_message(row):
    record = flat(row, AGENTX_MESSAGE)
    # Without an answer of the agent the text can only be what the person wrote.
    if row["text"] is not None and row["payload"] is None:
        record.setdefault("userInput", row["text"])
    if row["sent_at_raw"] is not None:
        record["time"] = row["sent_at_raw"]
    return record


def export_message(row):
    kept = extra(row)
    if kept is not ABSENT and not isinstance(kept, dict):
        return kept
    message = {} if kept is ABSENT else kept
    if row["type"] is not None:
        message.setdefault("type", row["type"])
    if row["payload"] is not None:
        message.setdefault("payload", from_json(row["payload"]))
    if row["sent_at_raw"] is not None:
        message.setdefault("ts", row["sent_at_raw"])
    return message


def export_turn(row, messages):
    kept = extra(row)
    if kept is not ABSENT and not isinstance(kept, dict):
        return kept
    turn = {} if kept is ABSENT else kept
    if row["role"] is not None:
        turn.setdefault("from", row["role"])
    if messages:
        turn["messages"] = together(messages)
    return turn


def together(elements):
    """The array that elements stand in, or the object whose members they are: then `_key` keeps the key of each, and `_value` a
    bare value."""
    if not all(isinstance(element, dict) and "_key" in element for element in elements):
        return elements
    return {element.pop("_key"): element["_value"] if "_value" in element else element for element in elements}


def export_record(row, turns):
    """`extra` is that of `metadata`; what stood beside it is under `_record`."""
    kept = extra(row)
    kept = {} if kept is ABSENT else kept
    record = {}
    if "turns" in kept:
        record["turns"] = kept.pop("turns")
    beside = kept.pop("_record", {})
    metadata = filled(row, METADATA) | beside.pop("metadata", {})
    record |= beside
    record["metadata"] = metadata | kept
    if turns:
        record["turns"] = together(turns)
    return record


class Lake:
    """A lake's rows, as Python values."""

    def __init__(self, folder):
        self.folder = folder

    def rows(self, table, source):
        folder = self.folder / table / f"source={source}"
        if not folder.is_dir():
            return []
        read = pyarrow.dataset.dataset(folder, format="parquet").to_table()
        for place, field in enumerate(read.schema):
            if pyarrow.types.is_timestamp(field.type):
                read = read.set_column(place, field.name, read[field.name].cast(pyarrow.int64()))
        return read.to_pylist()

    def exports(self):
        messages = {}
        for row in sorted(self.rows("messages", "convocore"), key=lambda row: row["message_index"]):
            place = (row["conversation_id"], row["turn_index"])
            messages.setdefault(place, []).append(export_message(row))
        turns = {}
        for row in sorted(self.rows("turns", "convocore"), key=lambda row: row["turn_index"]):
            place = (row["conversation_id"], row["turn_index"])
            turns.setdefault(row["conversation_id"], []).append(export_turn(row, messages.pop(place, [])))
        for row in self.rows("conversations", "convocore"):
            yield row, export_record(row, turns.pop(row["conversation_id"], []))
        for what, left in (("messages without a turn", messages), ("turns without a conversation", turns)):
            if left:
                sys.exit(f"convocore_export: {what}, as of {next(iter(left))!r}")


def member(record, *path):
    for name in path:
        record = record.get(name) if isinstance(record, dict) else None
    return record if isinstance(record, str) else None


# Per stream: where a record's id stands, and the records its rows give.
STREAMS = {
    "agentx_conversations": (
        ("_id",),
        lambda lake: ((row, flat(row, AGENTX_CONVERSATION)) for row in lake.rows("conversations", "agentx")),
    ),
    "agentx_messages": (
        ("_id",),
        lambda lake: ((row, agentx_message(row)) for row in lake.rows("messages", "agentx")),
    ),
    "convocore_list": (
        ("ID",),
        lambda lake: ((row, flat(row, LEAD)) for row in lake.rows("leads", "convocore")),
    ),
    "convocore_export": (("metadata", "ID"), Lake.exports),
}


def difference(rebuilt, served, place=""):
    """Where and how two values differ, or None. Numbers are compared by value."""
    if isinstance(rebuilt, dict) and isinstance(served, dict):
        for key, value in served.items():
            if key not in rebuilt:
                return f"{place}/{key}: missing, served {value!r}"
            if found := difference(rebuilt[key], value, f"{place}/{key}"):
                return found
        invented = [key for key in rebuilt if key not in served]
        return f"{place}/{invented[0]}: invented {rebuilt[invented[0]]!r}" if invented else None
    if isinstance(rebuilt, list) and isinstance(served, list):
        if len(rebuilt) != len(served):
            return f"{place}: {len(rebuilt)} elements, served {len(served)}"
        pairs = enumerate(zip(rebuilt, served))
        return next(filter(None, (difference(*pair, f"{place}/{index}") for index, pair in pairs)), None)
    if is_number(rebuilt) and is_number(served):
        # A float is what a double column gives: the value is right when it is the double nearest to the source's.
        if isinstance(rebuilt, float):
            served = float(served)
        is_same = rebuilt == served
    else:
        is_same = type(rebuilt) is type(served) and rebuilt == served
    return None if is_same else f"{place}: {rebuilt!r}, served {served!r}"


def is_number(value):
    return isinstance(value, (int, float, decimal.Decimal)) and not isinstance(value, bool)


def mended(value):
    """Half an emoji cannot be written as UTF-8; it becomes U+FFFD on its way into the lake."""
    if isinstance(value, str):
        return LONE_SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [mended(element) for element in value]
    if isinstance(value, dict):
        return {mended(key): mended(element) for key, element in value.items()}
    return value


def read_served(path, stream, identity):
    """The records by their ids, and how many have none."""
    served, without_id = {}, 0
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            record = from_json(line)
            if SURROGATE.search(line):
                record = mended(record)
            name = member(record, *identity)
            if name is None:
                without_id += 1
            elif name in served:
                sys.exit(f"{stream}: {path.name}:{number}: {name!r} is there twice; which one counts cannot be told")
            else:
                served[name] = record
    return served, without_id


def check(lake, stream, path):
    identity, rebuild = STREAMS[stream]
    served, without_id = read_served(path, stream, identity)
    total = len(served)
    done = set()
    for row, rebuilt in rebuild(lake):
        name = member(rebuilt, *identity)
        where = f"{stream}: {name!r} ({row['page']})"
        if name in done:
            sys.exit(f"{where}: doubled")
        if name not in served:
            sys.exit(f"{where}: invented, nothing of that id was served")
        done.add(name)
        if found := difference(rebuilt, served.pop(name)):
            sys.exit(f"{where}: {found}")
    if served:
        sys.exit(f"{stream}: {len(served)} of {total} records are missing, as {next(iter(served))!r}")
    print(f"{stream}: {total} records, each as it was served; {without_id} without an id")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    lake, records = Lake(pathlib.Path(sys.argv[1])), pathlib.Path(sys.argv[2])
    paths = {stream: records / f"{stream}.jsonl" for stream in STREAMS}
    present = {stream: path for stream, path in paths.items() if path.is_file()}
    if not present:
        sys.exit(f"{records}: none of {', '.join(path.name for path in paths.values())} is here")
    for stream, path in present.items():
        check(lake, stream, path)


if __name__ == "__main__":
    main()
