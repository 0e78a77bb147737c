"""Whom a breach is told: webhooks and what apprise knows, never showing a secret."""

from __future__ import annotations

import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from mldsl.errors import StepError
from mldsl.plan.nodes import Secret
from mldsl.runtime.notify import notify
from tests.support.watched import webhook

DOCUMENT = {"text": "leaving: `watch` found a breach. It is so.", "event": "breach"}
HOOK = Secret(secret="HOOK")


def test_a_webhook_gets_the_document():
    with webhook() as (address, received):
        assert notify(address, DOCUMENT, "It is so.") == "told `http://127.0.0.1`"
    assert received == [DOCUMENT]


def test_a_secret_is_called_by_its_name(monkeypatch: pytest.MonkeyPatch):
    with webhook() as (address, received):
        monkeypatch.setenv("HOOK", address)
        assert notify(HOOK, DOCUMENT, "It is so.") == 'told `secret("HOOK")`'
    assert received == [DOCUMENT]


def test_apprise_tells_all_others(monkeypatch: pytest.MonkeyPatch):
    with webhook() as (address, received):
        monkeypatch.setenv("HOOK", address.replace("http://", "json://"))
        notify(HOOK, DOCUMENT, "It is so.")
    (told,) = received
    assert (told["title"], told["message"]) == ("leaving: `watch` found a breach", "It is so.")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "the secret `HOOK` is not set"),
        ("hunter2-token", '`secret("HOOK")` is no address'),
        ("hunter2://token", '`secret("HOOK")` is no address that apprise knows'),
        ("http://127.0.0.1:9/hunter2", '`secret("HOOK")` cannot be reached: connection refused'),
        ("http://[hunter2/", '`secret("HOOK")` cannot be told'),
        ("http://hunter2 hunter2/", '`secret("HOOK")` cannot be told'),
        ("json://127.0.0.1:9/hunter2", '`secret("HOOK")` could not be told: apprise was refused'),
    ],
)
def test_what_cannot_be_told_shows_no_secret(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], value: str | None, said: str
):
    monkeypatch.delenv("HOOK", raising=False)
    if value is not None:
        monkeypatch.setenv("HOOK", value)
    with pytest.raises(StepError) as caught:
        notify(HOOK, DOCUMENT, "It is so.")
    assert said in caught.value.message
    assert "hunter2" not in str(caught.value) + "".join(capfd.readouterr())


def test_the_document_is_not_sent_on():
    with webhook() as (elsewhere, received):

        class Redirect(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.send_response(307)
                self.send_header("Location", elsewhere)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        server = HTTPServer(("127.0.0.1", 0), Redirect)
        Thread(target=server.handle_request, daemon=True).start()
        with pytest.raises(StepError, match="answered with status 307"):
            notify(f"http://127.0.0.1:{server.server_port}/x", DOCUMENT, "It is so.")
        server.server_close()
    assert received == []


def test_without_apprise_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(StepError) as caught:
        notify("mailto://me:secret@example.org", DOCUMENT, "It is so.")
    assert "mldsl[notify]" in str(caught.value) and "secret" not in str(caught.value)
