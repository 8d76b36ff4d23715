#!/usr/bin/env bash
# A replay of a pipeline's landed pages on a Spark cluster. The files are those of `convolake replay`, byte for byte.
#
# Before the first time, once for each version of convolake: an environment with the module, packed for executors
# (python3 -m venv env && env/bin/pip install ./python[spark] venv-pack && env/bin/venv-pack -o convolake-env.tar.gz).
set -euo pipefail
: "${LAKE:?where the lake is, as in s3://bucket/lake}" "${PIPELINE:?a built-in pipeline, or the path of one that all executors read}"

exec spark-submit \
    --master "${MASTER:-yarn}" \
    --name "convolake replay $PIPELINE" \
    --archives convolake-env.tar.gz#env \
    --conf spark.pyspark.python=./env/bin/python \
    --conf spark.executor.memoryOverhead=2g `# the module's memory is Python's, not the JVM's` \
    --conf spark.task.maxFailures=4 \
    --conf spark.speculation=true \
    "$(dirname "$0")/replay_job.py" replay "$PIPELINE" --to "$LAKE" "$@"
