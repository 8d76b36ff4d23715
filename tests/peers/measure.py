"""Runs one command and says what it took: one line of JSON on stdout.

Usage: measure.py SECONDS COMMAND... . CPU and peak memory are those the kernel counted for the command and all the
processes it waited for. The peak is that of the largest single process, and never below what this program itself needs
(12 MiB). The command is stopped, with all it started, after SECONDS, and when whoever holds our stdin goes away.
"""

import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time

TAIL_BYTES = 2000


def main():
    limit_seconds, command = float(sys.argv[1]), sys.argv[2:]
    begun = time.monotonic()
    # A session of its own, so that all of it can be stopped at once.
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True
    )

    def stop(*_):
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    timer = threading.Timer(limit_seconds, stop)
    timer.daemon = True
    timer.start()
    threading.Thread(target=lambda: (wait_for_end_of_stdin(), stop()), daemon=True).start()

    tail = b""
    while chunk := process.stderr.read1(1 << 16):
        tail = (tail + chunk)[-TAIL_BYTES:]
    exit_code = process.wait()
    wall_seconds = time.monotonic() - begun
    timer.cancel()

    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    unit_bytes = 1 if sys.platform == "darwin" else 1024
    measured = {
        "exit_code": exit_code,
        "cpu_seconds": used.ru_utime + used.ru_stime,
        "wall_seconds": wall_seconds,
        "peak_bytes": used.ru_maxrss * unit_bytes,
        "stopped": wall_seconds >= limit_seconds,
        "stderr": tail.decode("utf-8", "replace"),
    }
    print(json.dumps(measured))


def wait_for_end_of_stdin():
    # Not by `sys.stdin`, whose lock would be held when this program ends.
    while os.read(0, 1):
        pass


if __name__ == "__main__":
    main()
