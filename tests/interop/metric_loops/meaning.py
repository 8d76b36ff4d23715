"""What the words of sources mean."""

import json

SIDES = ("human", "bot", "agent")


class Meaning:
    """What the words of the sources mean."""

    def __init__(self, rows, feedback_fields):
        self.words = {(row["source"], row["means"], row["field"], row["word"]) for row in rows}
        self.pointers = sorted((row["source"], row["gives"], row["rank"], row["path"]) for row in feedback_fields)
        self.sources_with_resolved = {row["source"] for row in rows if row["means"] == "resolved"}

    def says(self, means, message):
        return (message["source"], means, "type", message["type"]) in self.words

    def tells(self, means, conversation):
        source = conversation["source"]
        return (source, means, "state", conversation["state"]) in self.words or any(
            (source, means, "tag", tag) in self.words for tag in conversation["tags"] or []
        )

    def is_said(self, message):
        return message["role"] in SIDES and not self.says("event", message)

    def feedback(self, lead, gives):
        try:
            value = json.loads(lead["feedback"] or "null")
        except ValueError:
            return None
        for source, given, _, path in self.pointers:
            name = path.removeprefix("/")
            if (
                source == lead["source"]
                and given == gives
                and isinstance(value, dict)
                and value.get(name) not in (None, "")
            ):
                return value[name]
        return None
