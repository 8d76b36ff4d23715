"""What spark-submit is given: `python -m convolake.spark`, as a file."""

import sys

from convolake.spark.__main__ import main

sys.exit(main())
