"""How long an editor waits for `mldsl lsp`: diagnostics after a change, and completion while somebody types.

Run from a checkout: `python benchmarks/lsp.py`. The server is a process of its own, talked to as an editor does; times
are by the wall clock, from when the change is sent, and the server's own pause before it looks is part of them.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from check_time import ROOT, long_program

DIAGNOSTICS, COMPLETION = 0.150, 0.050
"""What the median may be, in seconds, for a file of `LINES` lines."""

LINES = 500


class Editor:
    """A client that sends a message and waits for the answer."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "mldsl", "lsp"]
        self._server = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._next = 0

    def tell(self, method: str, params: dict[str, Any], **more: object) -> None:
        """Send a notification, or with an `id` a request."""
        body = json.dumps({"jsonrpc": "2.0", "method": method, "params": params, **more}).encode()
        assert self._server.stdin is not None
        self._server.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._server.stdin.flush()

    def ask(self, method: str, params: dict[str, Any]) -> Any:
        """Send a request; its result."""
        self._next += 1
        self.tell(method, params, id=self._next)
        while (message := self._read()).get("id") != self._next:
            continue
        return message["result"]

    def told(self, method: str) -> Any:
        """The parameters of the next notification of this kind."""
        while (message := self._read()).get("method") != method:
            continue
        return message["params"]

    def end(self) -> None:
        """Ask the server to go."""
        self.ask("shutdown", {})
        self.tell("exit", {})
        self._server.wait(10)

    def _read(self) -> dict[str, Any]:
        stream = self._server.stdout
        assert stream is not None
        size = 0
        while line := stream.readline().strip():
            name, _, value = line.partition(b":")
            size = int(value) if name.lower() == b"content-length" else size
        found: dict[str, Any] = json.loads(stream.read(size))
        return found


def measure(uri: str, text: str, repeat: int) -> tuple[list[float], list[float]]:
    """The times of `repeat` changes until their diagnostics, and of as many keystrokes until their completion."""
    editor = Editor()
    editor.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
    editor.tell("initialized", {})
    document = {"uri": uri, "languageId": "mldsl", "version": 0, "text": text}
    editor.tell("textDocument/didOpen", {"textDocument": document})
    editor.told("textDocument/publishDiagnostics")
    place = text.index("  derive {", len(text) // 2)
    line, diagnostics, completion = text.count("\n", 0, place), [], []
    for version in range(1, 2 * repeat + 1):
        typed = f"  filter amount > {version}\n" if version % 2 else "  filter amo\n"
        start = time.perf_counter()
        _change(editor, uri, version, text[:place] + typed + text[place:])
        if version % 2 == 0:
            position = {"line": line, "character": len(typed) - 1}
            found = editor.ask("textDocument/completion", {"textDocument": {"uri": uri}, "position": position})
            completion.append(time.perf_counter() - start)
            assert "amount" in [item["label"] for item in found["items"]]
        editor.told("textDocument/publishDiagnostics")
        if version % 2:
            diagnostics.append(time.perf_counter() - start)
    editor.end()
    return diagnostics, completion


def _change(editor: Editor, uri: str, version: int, text: str) -> None:
    params = {"textDocument": {"uri": uri, "version": version}, "contentChanges": [{"text": text}]}
    editor.tell("textDocument/didChange", params)


def main() -> int:
    """Print the figures; the exit status is 1 when a median is longer than it may be."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--repeat", type=int, default=20, help="changes and completions that are timed")
    repeat = parser.parse_args().repeat
    text = long_program(LINES)
    with tempfile.TemporaryDirectory() as folder:
        found = measure((Path(folder) / "long.ml").as_uri(), text, repeat)
    status = 0
    for name, times, limit in zip(("diagnostics", "completion"), found, (DIAGNOSTICS, COMPLETION), strict=True):
        median, worst = statistics.median(times), max(times)
        lines = text.count("\n")
        print(f"{name:<12} {lines} lines   {median * 1e3:.0f} ms (worst {worst * 1e3:.0f}, limit {limit * 1e3:.0f})")
        status |= int(median > limit)
    return status


if __name__ == "__main__":
    sys.exit(main())
