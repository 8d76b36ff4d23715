"""The command line all peers share."""

import argparse
import pathlib


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("pages", type=pathlib.Path, help="a .jsonl.zst of pages")
    parser.add_argument("--workload", choices=["export", "messages"], required=True)
    parser.add_argument("--to", type=pathlib.Path, required=True, help="the folder for the tables")
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()
