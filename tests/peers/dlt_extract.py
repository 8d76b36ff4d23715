"""AgentX's messages by dlt's own source for REST APIs: one cursor chain, as its documents show it, into Parquet files.

Its client has no limit on its own pace: it makes the next request when the page has come, and tries again when it is told
that this was too fast.
"""

import argparse
import os
import pathlib
import tempfile

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ["DATA_WRITER__COMPRESSION"] = "zstd"

import dlt
from dlt.sources.rest_api import rest_api_source


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("base_url")
    parser.add_argument("--key", required=True)
    parser.add_argument("--from-second", type=int, required=True)
    parser.add_argument("--until-second", type=int, required=True)
    parser.add_argument("--page-records", type=int, required=True)
    parser.add_argument("--to", type=pathlib.Path, required=True, help="the folder for the tables")
    return parser.parse_args()


def source(given):
    return rest_api_source(
        {
            "client": {
                "base_url": given.base_url,
                "auth": {"type": "api_key", "name": "x-api-key", "api_key": given.key, "location": "header"},
            },
            "resources": [
                {
                    "name": "messages",
                    "primary_key": "_id",
                    "endpoint": {
                        "path": "conversations/export/v1/messages",
                        "params": {
                            "bot_name": "demo-bot",
                            "start_time": given.from_second,
                            "end_time": given.until_second,
                            "per_page": given.page_records,
                        },
                        "data_selector": "data",
                        "paginator": {"type": "cursor", "cursor_path": "cursor", "cursor_param": "cursor"},
                    },
                }
            ],
        }
    )


if __name__ == "__main__":
    given = parse()
    given.to.mkdir(parents=True)
    with tempfile.TemporaryDirectory(dir=given.to.parent) as work:
        pipeline = dlt.pipeline(
            "bench",
            destination=dlt.destinations.filesystem(bucket_url=given.to.absolute().as_uri()),
            dataset_name="lake",
            pipelines_dir=work,
        )
        pipeline.run(source(given), loader_file_format="parquet")
