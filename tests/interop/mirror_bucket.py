"""Copies all that lies below a bucket's prefix into a folder, over S3.

usage: mirror_bucket.py BUCKET/PREFIX FOLDER

Keys and endpoint come from the environment.
"""

import os
import sys

import pyarrow.fs

source, folder = sys.argv[1:]
bucket = pyarrow.fs.S3FileSystem(
    access_key=os.environ["AWS_ACCESS_KEY_ID"],
    secret_key=os.environ["AWS_SECRET_ACCESS_KEY"],
    endpoint_override=os.environ["AWS_ENDPOINT_URL"],
    region="us-east-1",
    scheme="http",
)
pyarrow.fs.copy_files(source, folder, source_filesystem=bucket, destination_filesystem=pyarrow.fs.LocalFileSystem())
# All is copied. Threads that are kept for requests would end the interpreter with an abort now and then.
os._exit(0)
