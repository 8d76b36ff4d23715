"""convolake on Spark, and on engines that take Spark's clients, as Sail does.

- `replay` rebuilds a pipeline's tables from its landed pages on the executors: the files are those of ``convolake replay``, byte for byte.
- `ConvolakeDataSource` reads pages as rows: ``spark.dataSource.register(ConvolakeDataSource)``, then
  ``spark.read.format("convolake").option("pipeline", "agentx").option("table", "messages").load(path)``.
"""

from convolake.spark.replay import replay
from convolake.spark.source import ConvolakeDataSource

__all__ = ["ConvolakeDataSource", "replay"]
