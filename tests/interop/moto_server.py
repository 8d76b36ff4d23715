"""An S3 server that is nobody's of ours: moto, on loopback, with one bucket.

usage: moto_server.py BUCKET

Prints its URL when it serves, and serves until its standard input ends.
"""

import sys
import urllib.request

from moto.server import ThreadedMotoServer

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
url = f"http://{host}:{port}"
urllib.request.urlopen(urllib.request.Request(f"{url}/{sys.argv[1]}", method="PUT")).read()
print(url, flush=True)
sys.stdin.read()
server.stop()
