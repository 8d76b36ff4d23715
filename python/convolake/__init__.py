"""Pages of conversation exports as Arrow tables, and the lakes that convolake makes of them.

>>> import convolake, polars
>>> pipeline = convolake.Pipeline("agentx", set={"params.bot_name": "b1"})
>>> flat = pipeline.flatten("page.json", stream="messages")  # doctest: +SKIP
>>> polars.DataFrame(flat["messages"])  # doctest: +SKIP

Tables go to Polars, pyarrow and DuckDB by the Arrow PyCapsule interface, without a copy. `convolake.spark` has what Spark and
Sail need.
"""

from convolake._convolake import (
    Error,
    Flattened,
    Lake,
    LandedPage,
    Pipeline,
    Reject,
    Scan,
    Schema,
    Table,
    __version__,
)

__all__ = ["Error", "Flattened", "Lake", "LandedPage", "Pipeline", "Reject", "Scan", "Schema", "Table", "__version__"]
