"""`mldsl serve NAME`: answers requests for predictions at an endpoint."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from mldsl.cli.arguments import Arguments
from mldsl.cli.deployed import add_store
from mldsl.errors import UsageError

if TYPE_CHECKING:
    from mldsl.serving.server import Options

EXAMPLES = """\
  mldsl serve churn                           http://127.0.0.1:8080/predict, and /docs
  mldsl serve churn --host 0.0.0.0 --port 80
  mldsl serve churn --store s3://ml-prod/churn --log-sample 0.1
  curl localhost:8080/predict -H 'content-type: application/json' -d @row.json"""

_NEEDED = ("fastapi", "uvicorn", "starlette", "orjson", "httptools")


def add_arguments(parser: Arguments) -> None:
    """Which endpoint, where to listen, and what to log."""
    parser.add_argument("name", metavar="NAME", help='the endpoint: `churn` of `to endpoint("churn")`')
    add_store(parser)
    parser.add_argument("--host", default="127.0.0.1", metavar="HOST", help="listen at this address; 127.0.0.1")
    parser.add_argument("--port", type=int, default=8080, metavar="N", help="listen at this port; 8080, 0 for any")
    parser.add_argument(
        "--log-sample", metavar="SHARE", help="log the predictions of this share of the requests; 1.0, all of them"
    )
    parser.add_argument("--no-log", action="store_true", help="log no predictions")
    parser.add_argument("--log-sensitive", action="store_true", help="log sensitive columns, too, instead of null")
    parser.add_argument("--log-keys", action="store_true", help="log keys as they are, not what stands for them")
    parser.add_argument("--no-access-log", action="store_true", help="no line on standard error for each request")
    parser.add_argument(
        "--min-requests",
        type=int,
        metavar="N",
        help="`rollback when` judges a candidate that has had so many requests; 50",
    )


def run(options: Namespace) -> int:
    """Serve until told to stop. Raises UsageError where the extra `serve` is not installed."""
    chosen = _options(options)
    from mldsl.deployments import find

    registry = find(options.name, options.folder, options.store)
    from mldsl.serving.server import serve

    serve(registry, chosen)
    return 0


def _options(options: Namespace) -> Options:
    """What was asked for. Raises UsageError for what cannot be."""
    if not 0 <= options.port <= 65535:
        raise UsageError(f"there is no port {options.port}", "ports go from 0 to 65535")
    if options.no_log and (options.log_sample is not None or options.log_sensitive or options.log_keys):
        raise UsageError("`--no-log` logs nothing, and another option says how to log", "leave one of them out")
    if options.min_requests is not None and options.min_requests < 1:
        raise UsageError("`--min-requests` is 1 at least")
    try:
        from mldsl.serving.prediction_log import Kept
        from mldsl.serving.rollout import FEWEST
        from mldsl.serving.server import Options
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.partition(".")[0] not in _NEEDED:
            raise
        help_ = "install it with `pip install 'mldsl[serve]'`"
        raise UsageError(f"serving needs {missing.name}, which is not installed", help_) from None
    kept = Kept(_sample(options.log_sample), options.log_sensitive, options.log_keys)
    return Options(
        options.host,
        options.port,
        None if options.no_log else kept,
        not options.no_access_log,
        options.min_requests or FEWEST,
    )


def _sample(text: str | None) -> float:
    if text is None:
        return 1.0
    try:
        found = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        found = -1.0
    if not 0 < found <= 1:
        raise UsageError(f"`--log-sample`: `{text}` is no share above 0, up to 1", "write `--log-sample 0.1`, or 10%")
    return found
