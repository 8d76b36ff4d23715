"""The wheel as its users get it, with nothing beside it: a page file is read. No arguments."""

import json
import pathlib
import tempfile

import convolake

MESSAGE = {"_id": "1", "conversationId": "c", "type": "UserInput", "userInput": "hi", "time": 1733011279}

with tempfile.TemporaryDirectory() as folder:
    page = pathlib.Path(folder) / "page.json"
    page.write_text(json.dumps({"success": True, "data": [MESSAGE, 7]}))
    flat = convolake.Pipeline("agentx").flatten(page, "messages", {"bot_name": "b"})
    assert len(flat["messages"]) == 1 and [reject.reason for reject in flat.rejects] == ["not_an_object"], flat
    assert "conversation_id" in repr(convolake.Pipeline("agentx").schema("messages").ddl())
    print(f"convolake {convolake.__version__} reads {len(flat['messages'])} message of a page file, and tells of {len(flat.rejects)} record without a row")
