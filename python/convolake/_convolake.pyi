"""Types of the compiled module."""

from collections.abc import Iterable
from os import PathLike
from typing import Any, Literal

__version__: str

class Error(Exception):
    """What failed, where, and what to do about it."""

    exit_code: int
    """That with which the command line would have ended."""

class ArrowColumns:
    """What the Arrow PyCapsule interface reads the columns of."""

    def __arrow_c_schema__(self) -> object: ...

class ArrowRows(ArrowColumns):
    """What the Arrow PyCapsule interface reads rows of: `polars.DataFrame`, `pyarrow.table` and DuckDB take it without a copy."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...

class Schema(ArrowColumns):
    """The columns of a table: name, Arrow type, and whether it may be null."""

    @property
    def names(self) -> list[str]: ...
    def ddl(self) -> str:
        """The columns in Spark's DDL, as in ``id STRING NOT NULL, sent_at TIMESTAMP``."""

class Table(ArrowRows):
    """Rows of one table in memory. `len` is their number."""

    @property
    def name(self) -> str: ...
    @property
    def num_rows(self) -> int: ...
    @property
    def column_names(self) -> list[str]: ...
    @property
    def schema(self) -> Schema: ...
    @property
    def nbytes(self) -> int:
        """The memory of the columns, in bytes."""
    def __len__(self) -> int: ...

class Reject:
    """A record that became no row, or a page that could not be read."""

    @property
    def page(self) -> str:
        """The page, as ``file#line``."""
    @property
    def pointer(self) -> str:
        """The record's place on the page as a JSON Pointer; empty for a page."""
    @property
    def reason(self) -> str: ...
    @property
    def detail(self) -> str: ...
    @property
    def record(self) -> str:
        """The record as it stands on the page."""

class Flattened:
    """What pages gave."""

    @property
    def tables(self) -> dict[str, Table]: ...
    @property
    def rejects(self) -> list[Reject]: ...
    @property
    def drift(self) -> dict[str, Any]:
        """How the pages differ from what the schema expects, with counts and first places."""
    @property
    def pages(self) -> int: ...
    @property
    def records(self) -> int:
        """The number of records, with the rejected ones."""
    @property
    def gone(self) -> list[str]:
        """Ids of records that tombstones of a raw zone say are gone at the source."""
    def __getitem__(self, name: str) -> Table: ...

Engine = Literal["arrow", "polars", "duckdb", "spark", "sail"]

class LandedPage:
    """A page as it landed in a lake, by itself or packed; it is read when it is flattened, with what it refers to."""

    @property
    def object(self) -> str:
        """The object's name in the lake."""
    @property
    def nbytes(self) -> int | None:
        """About how many bytes it takes in the lake; None for one that was named and not listed."""

Page = bytes | bytearray | str | PathLike[str] | LandedPage

class Pipeline:
    """A pipeline with its streams, schemas and tables: a built-in one, or the path of a pipeline file."""

    def __init__(self, name_or_path: str, *, set: dict[str, Any] | None = None) -> None: ...
    @property
    def name(self) -> str: ...
    @property
    def streams(self) -> list[str]: ...
    @property
    def tables(self) -> list[str]: ...
    def flatten(
        self, pages: Page | Iterable[Page], stream: str | None = None, params: dict[str, str] | None = None
    ) -> Flattened:
        """Makes tables of pages: their bytes, paths of page files, landed pages of a lake, or an iterable of these. Gives up the interpreter's lock."""
    def schema(self, table: str, engine: Engine = "arrow", of: Literal["pages", "lake"] = "pages") -> Schema:
        """The columns of a table as `engine` wants them: Spark and Sail get no metadata."""

class Scan(ArrowRows):
    """Rows of one table of a lake, read as they are asked for."""

    @property
    def schema(self) -> Schema: ...
    @property
    def files(self) -> list[dict[str, Any]]:
        """The files: ``name``, ``path``, ``partition``, ``rows``, ``bytes``, ``sha256``."""

class Lake:
    """A lake that is there. Nothing here changes it."""

    def __init__(self, url: str) -> None: ...
    def sources(self) -> list[str]: ...
    def tables(self) -> list[str]: ...
    def scan(
        self,
        table: str,
        *,
        source: str | None = None,
        months: list[str] | None = None,
        columns: list[str] | None = None,
    ) -> Scan:
        """The rows of a table that the newest commits name; of files of these months alone, where any are given."""
    def landed(self, source: str, stream: str | None = None) -> list[LandedPage]:
        """The landed pages of a pipeline, of one stream or of all, by the names of their objects; packed ones too."""
    def landed_pages(self, objects: list[str]) -> list[LandedPage]:
        """The landed pages of these objects; whether they are there shows when they are flattened."""
    def snapshots(self, source: str | None = None) -> list[dict[str, Any]]:
        """The commits, the oldest first: ``source``, ``commit``, ``created_at``, ``run``, ``files``."""
    def status(self) -> dict[str, Any]:
        """What ``convolake status --json`` says."""

class ClusterReplay:
    """The driver's part of a replay on a cluster: it holds the pipeline's lease until `commit` or `close`."""

    def __init__(
        self, pipeline: str, to: str, *, set: dict[str, Any] | None = None, parts: int | None = None, memory: int = 1_000_000_000
    ) -> None:
        """`parts` is at least how many parts rows are folded in; `memory` what a task may take, in bytes."""
    @property
    def plan(self) -> str:
        """What all tasks share."""
    @property
    def parts(self) -> int: ...
    @property
    def warnings(self) -> list[str]: ...
    def tasks(self, task_bytes: int) -> list[list[str]]:
        """The landed objects, packed to tasks of about so many bytes."""
    def commit(self, notes: list[bytes], made: list[bytes]) -> dict[str, Any]:
        """Publishes what the tasks made, once; gives the report of ``convolake replay``."""
    def close(self) -> None:
        """Gives up the lease; what was not committed is void."""

def map_pages(plan: str, objects: list[str]) -> tuple[list[tuple[int, bytes]], bytes]:
    """The rows of landed pages, a parcel for each part and table, and a note for the driver."""

class Fold:
    """A part of the rows: all versions of its units, of which one row a key is left."""

    def __init__(self, plan: str) -> None: ...
    def push(self, parcel: bytes) -> None: ...
    def finish(self) -> FoldedRows: ...

class FoldedRows:
    """Pairs of a table file and sorted rows of it; the last has no file, and the note for the driver."""

    def __iter__(self) -> FoldedRows: ...
    def __next__(self) -> tuple[str | None, bytes]: ...

class TableFiles:
    """Table files in the making; `attempt` is another for each attempt of each task."""

    def __init__(self, plan: str, attempt: str) -> None: ...
    def add(self, file: str, rows: bytes) -> None: ...
    def finish(self) -> list[bytes]:
        """Writes the files where no reader looks; gives what the driver is told of each."""
