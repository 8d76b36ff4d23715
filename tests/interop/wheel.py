"""The Python module against the binary: the same rows, by every reader, and nothing told of less.

Arguments: the binary, the folder of fuzz seeds, the README, and perhaps a folder of page files.
"""

import io
import json
import pathlib
import subprocess
import sys
import tempfile
import threading
from contextlib import redirect_stdout

import duckdb
import polars
import pyarrow

import convolake

BINARY, SEEDS, README = sys.argv[1:4]
EXPORTS = pathlib.Path(sys.argv[4]) if len(sys.argv) > 4 else None
LINEAGE = ["fetched_at", "page"]
PARAMS = {"convocore": {"agent_id": "a1"}, "agentx": {"bot_name": "b1"}}
# The first byte of a seed says of which of these its page is.
OF_SEEDS = [("convocore", "export"), ("convocore", "list"), ("agentx", "messages"), ("agentx", "conversations")]


def flattened_by_binary(pipeline: str, stream: str, file: pathlib.Path, lake: pathlib.Path) -> int:
    [(name, value)] = PARAMS[pipeline].items()
    words = ["flatten", f"{pipeline}/{stream}", "--set", f"params.{name}={value}", "--to", str(lake), str(file)]
    done = subprocess.run([BINARY, *words], capture_output=True, text=True)
    assert done.returncode in (0, 65), (file, done.returncode, done.stderr)
    return done.returncode


def quarantined(lake: pathlib.Path) -> int:
    files = lake.glob("quarantine/*/*.jsonl.zst")
    return sum(pyarrow.input_stream(file, compression="zstd").read().count(b"\n") for file in files)


def rows(frame: polars.DataFrame) -> list[str]:
    return sorted(json.dumps(row, default=str) for row in frame.iter_rows(named=True))


def same_rows(pipeline: str, stream: str, file: pathlib.Path) -> int:
    """The rows of a file's pages are those that the binary lays down, but for records that come again."""
    flat = convolake.Pipeline(pipeline).flatten(file, stream, PARAMS[pipeline])
    with tempfile.TemporaryDirectory() as folder:
        lake = pathlib.Path(folder)
        flattened_by_binary(pipeline, stream, file, lake)
        n_rows = 0
        for name, table in flat.tables.items():
            mine = polars.DataFrame(table)
            files = sorted(lake.glob(f"{name}/**/*.parquet"))
            if not files:
                assert len(table) == 0, (file, name)
                continue
            scanned = polars.DataFrame(convolake.Lake(folder).scan(name))
            read = polars.read_parquet(files, hive_partitioning=False)
            assert scanned.columns == read.columns
            assert rows(scanned) == rows(read), (file, name)
            theirs = read.drop(LINEAGE).select(mine.columns)
            assert theirs.schema == mine.schema, (file, name)
            ours, laid_down = rows(mine), rows(theirs)
            if len(ours) == len(laid_down):
                assert ours == laid_down, (file, name)
            else:
                assert len(ours) > len(laid_down) and set(laid_down) <= set(ours), (file, name)
            n_rows += len(laid_down)
        assert len(flat.rejects) == quarantined(lake), (file, flat.rejects)
    return n_rows


def seeds() -> None:
    n_pages = n_rows = 0
    for seed in sorted(pathlib.Path(SEEDS).iterdir()):
        pick, *_ = content = seed.read_bytes()
        pipeline, stream = OF_SEEDS[pick % len(OF_SEEDS)]
        with tempfile.TemporaryDirectory() as folder:
            page = pathlib.Path(folder) / "page.json"
            page.write_bytes(content[1:])
            n_rows += same_rows(pipeline, stream, page)
        n_pages += 1
    assert n_pages > 5 and n_rows > 5
    print(f"wheel: {n_pages} seeds, {n_rows} rows, the same")


def exports() -> None:
    if EXPORTS is None:
        print("skipped: page files, since CONVOLAKE_EXPORTS names no folder")
        return
    for name, pipeline, stream in [
        ("agentx_messages", "agentx", "messages"),
        ("agentx_conversations", "agentx", "conversations"),
        ("convocore_v2_export", "convocore", "export"),
        ("convocore_v3_list", "convocore", "list"),
    ]:
        print(f"wheel: {name}, {same_rows(pipeline, stream, EXPORTS / f'{name}.jsonl.zst')} rows, the same")


PAGE = (
    b'{"success":true,"data":[{"metadata":{"ID":"c1","ts":1735689600},"turns":[{"from":"bot","messages":'
    b'[{"type":"text","payload":"x","ts":"2025-01-01T00:00:00"}]}],"surprise":1},7]}'
)


def readers() -> None:
    """Polars, pyarrow and DuckDB take a table as often as they like (pola-rs/polars#20889, chdb-io/chdb-core#149: a stream was asked for twice, and
    empty the second time; pola-rs/polars#17921: a required `requested_schema`)."""
    flat = convolake.Pipeline("convocore").flatten([PAGE, bytearray(PAGE), b"["], "export", {"agent_id": "a1"})
    table = messages = flat["messages"]
    assert (flat.pages, flat.records, len(table), table.num_rows) == (3, 5, 2, 2), flat
    for _ in range(2):
        assert polars.DataFrame(table).height == 2
        assert pyarrow.table(table).num_rows == 2
        assert duckdb.sql("SELECT count(*) FROM messages").fetchall() == [(2,)]
    told = convolake.Pipeline("convocore").schema("messages")
    assert pyarrow.table(table).schema.equals(pyarrow.schema(told), check_metadata=True)
    assert not pyarrow.schema(told).field("conversation_id").nullable
    assert [reject.reason for reject in flat.rejects] == ["not_an_object", "not_an_object", "unreadable_page"]
    assert flat.rejects[0].page == "page 0" and flat.rejects[0].pointer == "/data/1" and flat.rejects[0].record == "7"
    [field] = flat.drift["new_fields"]
    assert (field["field"], field["count"], field["first"]) == ("/surprise", 2, "page 0 record 0"), field


def schemas() -> None:
    """Spark and Sail hold a batch against its schema exactly, and take microseconds alone (lakehq/sail#2519)."""
    pipeline = convolake.Pipeline("agentx")
    for table in pipeline.tables:
        for engine in ("spark", "sail"):
            columns = pyarrow.schema(pipeline.schema(table, engine))
            assert columns.equals(pyarrow.schema(pipeline.schema(table))), table
            for column in columns:
                assert column.metadata is None and column.type not in (pyarrow.large_string(), pyarrow.string_view())
                assert not pyarrow.types.is_timestamp(column.type) or column.type == pyarrow.timestamp("us", "UTC")
        assert "NOT NULL" in pipeline.schema(table, "spark", of="lake").ddl()


def errors() -> None:
    pipeline = convolake.Pipeline("convocore")
    for call, text in [
        (lambda: convolake.Pipeline("convocor"), "did you mean `convocore`?"),
        (lambda: pipeline.flatten(b"{}", "exports"), "did you mean `export`?"),
        (lambda: pipeline.flatten(b"{}", "export"), 'give params={"agent_id": VALUE}'),
        (lambda: pipeline.flatten(b"{}"), "several streams"),
        (lambda: pipeline.flatten("/no/such/file.json", "export", {"agent_id": "a1"}), "/no/such/file.json"),
        (lambda: pipeline.schema("message"), "did you mean `messages`?"),
        (lambda: pipeline.schema("messages", "sparc"), "no engine"),
        (lambda: convolake.Lake("/no/such/lake"), "is no lake"),
    ]:
        try:
            call()
        except convolake.Error as error:
            assert text in str(error) and error.exit_code > 0, str(error)
        else:
            raise AssertionError(text)
    try:
        pipeline.flatten([b"{}", 3], "export", {"agent_id": "a1"})
    except TypeError as error:
        assert "int is no page" in str(error)


def lakes() -> None:
    """A scan goes by the newest commit, prunes months, and says what it reads."""
    with tempfile.TemporaryDirectory() as folder:
        page = pathlib.Path(folder) / "page.json"
        page.write_bytes(PAGE.replace(b",7]", b"]"))
        lake_folder = pathlib.Path(folder) / "lake"
        flattened_by_binary("convocore", "export", page, lake_folder)
        lake = convolake.Lake(str(lake_folder))
        assert lake.sources() == ["convocore"] and "messages" in lake.tables()
        assert polars.DataFrame(lake.scan("messages", months=["2025-01"])).height == 1
        assert polars.DataFrame(lake.scan("messages", months=["2024-12", "2025-02"])).height == 0
        texts = polars.DataFrame(lake.scan("messages", columns=["text", "conversation_id"]))
        assert texts.columns == ["text", "conversation_id"]
        [file] = lake.scan("messages").files
        assert file["rows"] == 1 and pathlib.Path(file["path"]).stat().st_size == file["bytes"]
        [snapshot] = lake.snapshots()
        assert snapshot["commit"] == 1 and len(snapshot["files"]) >= 1
        assert lake.landed("convocore") == [] and lake.landed("agentx", "messages") == []
        gone = lake.landed_pages(["raw/convocore/export/whole/20250101T000000Z-0a1b2c3d-00001.jsonl.zst"])
        assert gone[0].object.endswith("-00001.jsonl.zst") and gone[0].nbytes is None
        try:
            convolake.Pipeline("convocore").flatten(gone, "export", {"agent_id": "a1"})
        except convolake.Error as error:
            assert gone[0].object in str(error), str(error)
        else:
            raise AssertionError("a landed page that is not there was read")
        assert lake.status()["pipelines"][0]["pipeline"] == "convocore"
        reader = pyarrow.RecordBatchReader.from_stream(lake.scan("messages"))
        assert reader.read_all().num_rows == 1
        for wrong in [{"table": "mesages"}, {"table": "messages", "columns": ["no"]}, {"table": "messages", "months": ["May"]}]:
            try:
                lake.scan(**wrong)
            except convolake.Error:
                continue
            raise AssertionError(wrong)


def lock_is_free() -> None:
    """Another thread goes on while pages are flattened (dottxt-ai/outlines-core#121, jd-boyd/python-lzo#35: it waited)."""
    pipeline, pages = convolake.Pipeline("convocore"), [PAGE * 1] * 20_000
    ticks, done = [0], threading.Event()

    def tick() -> None:
        while not done.is_set():
            ticks[0] += 1

    thread = threading.Thread(target=tick)
    thread.start()
    flat = pipeline.flatten(iter(pages), "export", {"agent_id": "a1"})
    done.set()
    thread.join()
    assert len(flat["messages"]) == 20_000 and ticks[0] > 0


def readme() -> None:
    """The five lines of the README, on a page file."""
    text = pathlib.Path(README).read_text()
    code = text.split("<!-- five lines -->")[1].split("```python\n")[1].split("```")[0]
    assert len(code.strip().splitlines()) == 5
    with tempfile.TemporaryDirectory() as folder:
        page = pathlib.Path(folder) / "page.json"
        page.write_text(json.dumps({"data": [{"_id": "1", "conversationId": "c", "type": "UserInput", "userInput": "hi", "time": 1733011279}]}))
        said = io.StringIO()
        with redirect_stdout(said):
            exec(code.replace("page.json", str(page)), {})
        assert "shape" in said.getvalue(), said.getvalue()


for check in [readers, schemas, errors, lakes, lock_is_free, readme, seeds, exports]:
    check()
