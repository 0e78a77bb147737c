"""Real servers on loopback, started by the tests that need them: an S3 API, a web server.

Who lacks what a server needs gets a skip that says so; in continuous integration that is a failure.
"""

from __future__ import annotations

import http.server
import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def missing(what: str) -> None:
    """Skip the test, or fail it where everything has to be there."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing")
    pytest.skip(f"{what} is not installed here")


@contextmanager
def s3() -> Iterator[dict[str, str]]:
    """An S3 API with the empty bucket `bucket`; gives the environment in which tools find it."""
    try:
        from moto.server import ThreadedMotoServer
    except ImportError:
        missing("moto")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    found = {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing-secret",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
    }
    import s3fs

    s3fs.S3FileSystem.clear_instance_cache()
    try:
        _empty(bucket(found))
        yield found
    finally:
        server.stop()


def _empty(client) -> None:
    """Make the bucket. The servers of one process share what they hold: what an earlier one left goes."""
    client.create_bucket(Bucket="bucket")
    for item in client.list_objects_v2(Bucket="bucket").get("Contents", []):
        client.delete_object(Bucket="bucket", Key=item["Key"])


def bucket(environment: dict[str, str]):
    """A client of the server, of another library than the one under test."""
    import boto3

    return boto3.client(
        "s3",
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        region_name="us-east-1",
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )


@contextmanager
def web(folder: Path) -> Iterator[str]:
    """A web server over a folder; `/moved/` redirects, `/slow/` hangs, `/secret/` is refused, `/broken/` ends early."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), lambda *given: _Pages(*given, directory=str(folder)))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class _Pages(http.server.SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path.startswith("/moved/"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/moved"))
            self.end_headers()
        elif self.path.startswith("/slow/"):
            time.sleep(4)
        elif self.path.startswith("/secret/"):
            self.send_error(403)
        elif self.path.startswith("/broken/"):
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"a,b\n1,2\n")
        else:
            super().do_GET()

    def do_HEAD(self) -> None:
        if self.path.startswith("/broken/"):
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.send_header("ETag", '"x"')
            self.end_headers()
        elif self.path.startswith(("/moved/", "/slow/", "/secret/")):
            self.do_GET()
        else:
            super().do_HEAD()

    def log_message(self, *arguments: object) -> None:
        """Nothing."""
