"""What each variant of `parquet_settings` costs in instructions, which unlike time are the same on a busy machine.

usage: instructions.py PARQUET_SETTINGS LAKE [OPTION...]

PARQUET_SETTINGS is the binary, built with its symbols (CARGO_PROFILE_RELEASE_STRIP=none); the options are its own, as
in `--every 18 --only chosen`. Needs valgrind. Prints a table of Markdown, against the first variant. Waiting for memory
and for the processor to say what it can is not in these numbers.
"""

import pathlib
import re
import subprocess
import sys
import tempfile


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    binary, *arguments = sys.argv[1:]
    names = subprocess.run([binary, *arguments, "--list"], capture_output=True, text=True, check=True).stdout.splitlines()
    with tempfile.TemporaryDirectory() as folder:
        counts = pathlib.Path(folder) / "counts"
        # Counting is on within `write` alone, and what was counted goes to a file after each variant.
        callgrind = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={counts}"]
        callgrind += ["--toggle-collect=parquet_settings::measure::write"]
        callgrind += ["--dump-after=parquet_settings::measure::round"]
        run = subprocess.run(
            [*callgrind, binary, *arguments, "--rounds", "1"], capture_output=True, text=True, check=True
        )
        sizes = dict(re.findall(r"^\| (.+?) \|.*\| ([^|]+) \|$", run.stdout, re.MULTILINE))
        print("| variant | million instructions | MB |\n| --- | ---: | ---: |")
        first = None
        for number, name in enumerate(names, 1):
            text = pathlib.Path(f"{counts}.{number}").read_text()
            counted = int(re.search(r"^totals: (\d+)", text, re.MULTILINE).group(1))
            first = first or counted
            print(f"| {name} | {counted / 1e6:.1f} ({(counted / first - 1) * 100:+.1f} %) | {sizes[name]} |")


if __name__ == "__main__":
    main()
