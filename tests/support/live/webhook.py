"""A webhook on loopback that remembers what it was told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Webhook:
    """Its address, and the bodies that were posted there."""

    url: str
    told: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def webhook() -> Iterator[Webhook]:
    """A webhook that takes JSON."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Not among the output of the tests."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found = Webhook(f"http://127.0.0.1:{server.server_port}/told")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield found
        server.shutdown()
