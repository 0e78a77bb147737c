"""The server's process: its socket, its loop, what it starts, and how it stops."""

from __future__ import annotations

import asyncio
import errno
import logging
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import uvicorn

from mldsl.errors import MldslError, UsageError
from mldsl.records import record
from mldsl.runtime.registry import Registry, State
from mldsl.runtime.registry.registry import whoami
from mldsl.serving.app import make_app
from mldsl.serving.endpoint import Endpoint, Live
from mldsl.serving.log import Log
from mldsl.serving.prediction_log import Kept, PredictionLog
from mldsl.serving.rollout import FEWEST
from mldsl.serving.source import loader
from mldsl.serving.supervisor import Supervisor
from mldsl.serving.warming import warmed

# A thread that writes the log gives the others their turn after this many seconds, not after Python's 5 milliseconds,
# which are several predictions.
_TURN = 0.0005
# How long requests that are being answered may take when the server is to stop, and how long an idle connection may
# stay: longer than the usual load balancer keeps one, so that it is not closed under a request.
_GRACE = 30
_IDLE = 75
_BACKLOG = 2048


class NotReadyError(MldslError):
    """There is nothing to serve yet."""

    exit_status = 3


@record
class Options:
    """How to serve: where, what is logged of the predictions (nothing where it is None) and of the requests."""

    host: str = "127.0.0.1"
    port: int = 8080
    kept: Kept | None = Kept()
    access: bool = True
    fewest: int = FEWEST


def serve(registry: Registry, options: Options) -> None:
    """Serve an endpoint until the process is told to stop.

    Raises UsageError where the address cannot be had, NotReadyError where no version is in production.
    """
    state = registry.state()
    number = _champion(registry, state)
    listening = _listen(options.host, options.port)
    with listening:
        live = Live(warmed(loader(registry)(number)))
        log = Log()
        _log_library(log)
        kept = options.kept
        predictions = PredictionLog(registry.store, registry.name, kept, log) if kept is not None else None
        endpoint = Endpoint(registry.name, live, log, predictions)
        supervisor = Supervisor(
            endpoint, registry, loader(registry), state, by=f"mldsl serve, {whoami()}", fewest=options.fewest
        )
        sys.setswitchinterval(_TURN)
        try:
            _run(endpoint, supervisor, listening, options)
        finally:
            endpoint.close()
            if predictions is not None:
                predictions.close()
            log.say("info", "stopped")
            log.close()


def _champion(registry: Registry, state: State) -> int:
    if state.champion is not None:
        return state.champion
    versions = registry.versions()
    if not versions:
        raise NotReadyError(f"`{registry.name}` has no version yet", "`mldsl run FILE` registers one")
    raise NotReadyError(
        f"no version of `{registry.name}` is in production yet",
        f"`mldsl models {registry.name}` shows why; `mldsl promote {registry.name} {versions[-1].number}` goes live",
    )


def _listen(host: str, port: int) -> socket.socket:
    """A socket at that address. Raises UsageError where it cannot be had."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except (OSError, UnicodeError, OverflowError):
        raise UsageError(f"`{host}` is no address of this machine", "leave `--host` out, or write 0.0.0.0") from None
    found = socket.socket(family, socket.SOCK_STREAM)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(address)
        found.listen(_BACKLOG)
    except OSError as error:
        found.close()
        raise _unavailable(error, host, port) from None
    return found


def _unavailable(error: OSError, host: str, port: int) -> UsageError:
    match error.errno:
        case errno.EADDRINUSE:
            return UsageError(f"port {port} of {host} is in use", "choose another: `--port 8081`, or 0 for any")
        case errno.EACCES | errno.EPERM:
            return UsageError(f"port {port} is not to be had without further rights", "choose one above 1023")
        case errno.EADDRNOTAVAIL:
            return UsageError(f"`{host}` is no address of this machine", "leave `--host` out, or write 0.0.0.0")
        case _:
            return UsageError(f"cannot listen at {host}, port {port}: {error.strerror}")


class _Server(uvicorn.Server):
    """Stops by the loop's own signals, and ends well then: uvicorn's way would end the process by the signal itself."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The two that ask a process to stop; what is in flight is finished."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)


def _run(endpoint: Endpoint, supervisor: Supervisor, listening: socket.socket, options: Options) -> None:
    config = uvicorn.Config(
        make_app(endpoint, access=options.access),
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=_IDLE,
        timeout_graceful_shutdown=_GRACE,
        backlog=_BACKLOG,
    )
    server = _Server(config)

    async def work() -> None:
        beside = asyncio.create_task(supervisor.run())
        host, port = listening.getsockname()[:2]
        url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        about = {"endpoint": endpoint.name, "version": endpoint.live.champion.number, "url": url}
        endpoint.log.say("info", "started", about)
        try:
            await server.serve(sockets=[listening])
        finally:
            endpoint.ready = False
            beside.cancel()
            with suppress(asyncio.CancelledError):
                await beside

    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(work())


def _log_library(log: Log) -> None:
    """What uvicorn has to say that somebody should know, in the server's own log."""

    class Handler(logging.Handler):
        def emit(self, item: logging.LogRecord) -> None:
            log.say("warning" if item.levelno < logging.ERROR else "error", "http server", {"message": item.msg})

    library = logging.getLogger("uvicorn.error")
    library.handlers = [Handler(logging.WARNING)]
    library.propagate = False
    library.setLevel(logging.WARNING)
