"""What spark-submit and Databricks are given: `python -m convolake.spark`, as a file."""

import sys

from convolake.spark.__main__ import main

# A file that is through ends well. Databricks takes an exit with 0 for a failure, too (dimajix/flowman#353).
if code := main():
    sys.exit(code)
