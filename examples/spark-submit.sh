#!/usr/bin/env bash
# A replay of a pipeline's landed pages on a Spark cluster. The files are those of `convolake replay`, byte for byte.
#
#   MASTER='local[4]' LAKE=/data/lake PIPELINE=agentx examples/spark-submit.sh
#   ENVIRONMENT=convolake-env.tar.gz LAKE=s3://bucket/lake PIPELINE=agentx examples/spark-submit.sh --parts 64
#
# ENVIRONMENT is an environment with the module that executors unpack, made once for each version of convolake:
#   python3 -m venv env && env/bin/pip install "$(ls dist/convolake-*.whl)[spark]" venv-pack && env/bin/venv-pack -p env -o convolake-env.tar.gz
# A venv's Python is a link to the interpreter it was made by: executors need that one at the same path, else pack a conda environment. Without
# ENVIRONMENT, all machines run $PYTHON, which has the module. The driver runs $PYTHON in either case.
set -euo pipefail
: "${LAKE:?where the lake is, as in s3://bucket/lake}" "${PIPELINE:?a built-in pipeline, or the path of one that all executors read}"

python=${PYTHON:-python3}
executors=(--conf "spark.pyspark.python=$python")
if [[ -n "${ENVIRONMENT:-}" ]]; then
    executors=(--archives "$ENVIRONMENT#env" --conf spark.pyspark.python=./env/bin/python)
fi

# The module's memory is Python's, not the JVM's: hence memoryOverhead.
exec spark-submit \
    --master "${MASTER:-yarn}" \
    --name "convolake replay $PIPELINE" \
    "${executors[@]}" \
    --conf "spark.pyspark.driver.python=$python" \
    --conf spark.executor.memoryOverhead=2g \
    --conf spark.task.maxFailures=4 \
    --conf spark.speculation=true \
    "$(dirname "$0")/replay_job.py" replay "$PIPELINE" --to "$LAKE" "$@"
