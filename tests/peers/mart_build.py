"""Prints how long `convolake-marts mart` takes for a lake of so many messages, and its peak memory.

usage: mart_build.py CONVOLAKE CONVOLAKE_MARTS FOLDER [CONVERSATIONS] [MEMORY]

CONVOLAKE and CONVOLAKE_MARTS are the built binaries, optimised. A lake of generated conversations (about nine messages each, twice as many
conversations as said: of each source) is made in FOLDER, once; then its derived tables are built from nothing, once more with nothing changed, and
after one conversation in a hundred came again with another text.
"""

import pathlib
import os
import shutil
import subprocess
import sys
import time

SETS = {"convocore": "params.agent_id=a1", "agentx": "params.bot_name=b1"}
PAGES = {
    "convocore/export": "convocore_v2_export",
    "convocore/list": "convocore_v3_list",
    "agentx/conversations": "agentx_conversations",
    "agentx/messages": "agentx_messages",
}


def main(binary, marts, folder, conversations="250000", memory="1GB"):
    folder = pathlib.Path(folder)
    lake = folder / "lake"
    if not lake.exists():
        make(binary, folder, lake, conversations, "1")
    for name in ("marts", "_convolake/.marts"):
        shutil.rmtree(lake / name, ignore_errors=True)
    build(marts, lake, memory, "from nothing")
    build(marts, lake, memory, "with nothing changed")
    one_in_hundred = str(max(1, int(conversations) // 100))
    make(binary, folder, lake, one_in_hundred, "2")
    build(marts, lake, memory, f"after {one_in_hundred} more conversations of each source")


def make(binary, folder, lake, conversations, seed):
    pages = folder / f"pages {seed}"
    call([binary, "simulate", "--conversations", conversations, "--seed", seed, "--pages-to", str(pages)])
    for stream, stem in PAGES.items():
        page = pages / f"{stem}.jsonl.zst"
        call([binary, "flatten", stream, str(page), "--to", str(lake), "--set", SETS[stream.split("/")[0]], "-q"])
    shutil.rmtree(pages)


def build(marts, lake, memory, label):
    began = time.monotonic()
    ended = subprocess.Popen([marts, "mart", "--to", str(lake), "--memory", memory], stdout=subprocess.PIPE)
    told = ended.stdout.read().decode()
    _, status, usage = os.wait4(ended.pid, 0)
    if status != 0:
        sys.exit(f"mart ends with {status}")
    took, cpu = time.monotonic() - began, usage.ru_utime + usage.ru_stime
    print(f"figure: mart {label}: {took:.1f} s, {cpu:.1f} s of CPU, {usage.ru_maxrss / 1024:.0f} MiB at its peak")
    print(told)


def call(words):
    subprocess.run(words, check=True, stdin=subprocess.DEVNULL)


main(*sys.argv[1:])
