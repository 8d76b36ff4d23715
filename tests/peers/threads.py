"""How much two threads of Python gain over one: threads.py PAGES, a file of `convocore` export pages. The least of several rounds."""

import sys
import threading
import time

import convolake

pipeline = convolake.Pipeline("convocore")


def flatten() -> None:
    pipeline.flatten(sys.argv[1], "export", {"agent_id": "a1"})


def seconds(run) -> float:
    begun = time.monotonic()
    run()
    return time.monotonic() - begun


def side_by_side() -> None:
    threads = [threading.Thread(target=flatten) for _ in range(2)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]


flatten()
rounds = [(seconds(lambda: (flatten(), flatten())), seconds(side_by_side)) for _ in range(5)]
one, two = (min(times) for times in zip(*rounds))
print(f"two files: one thread {one:.2f} s, two threads {two:.2f} s, {one / two:.2f} times as fast")
