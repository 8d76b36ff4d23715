"""What the tables are, as schemas/tables/*.yaml say it.

The files are read line by line: a column is one line, `name: { type: TYPE, ... }`, so no YAML library is needed.
"""

import pathlib
import re

TABLES = pathlib.Path(__file__).resolve().parents[2] / "schemas" / "tables"
COLUMN = re.compile(r"^  (\w+): \{ type: ([\w<>]+)")


def tables():
    """Each table's columns: {table: {column: type}}."""
    found = {}
    for path in sorted(TABLES.glob("*.yaml")):
        columns = [COLUMN.match(line) for line in path.read_text(encoding="utf-8").splitlines()]
        found[path.stem] = {match[1]: match[2] for match in columns if match}
    return found
