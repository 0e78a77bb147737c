"""A page for people about what a step judged: what was expected, what was found, and the pictures of it."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

from mldsl.runtime.store import Record, Store

Json = Any
_STYLE = """\
body { font: 14px/1.5 system-ui, sans-serif; margin: 2em; max-width: 60em; color: #1a1a1a; }
table { border-collapse: collapse; margin: 1em 0; }
th, td { text-align: left; padding: .3em .8em; border-bottom: 1px solid #ddd; vertical-align: top; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
code { font-family: ui-monospace, monospace; }
.passed { color: #1b6e3c; } .failed { color: #b3261e; } .other { color: #8a5a00; }
img { display: block; max-width: 100%; margin: 1em 0; }
"""
_GOOD, _BAD = ("passed",), ("failed",)


def page(record: Record, store: Store) -> str:
    """The HTML of the page; it needs nothing beside itself."""
    title = escape(record.step.replace(":", " ", 1))
    body = "".join(_parts(record, store))
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f"<style>\n{_STYLE}</style></head>\n<body><h1>{title}</h1>\n{body}</body></html>\n"
    )


def _parts(record: Record, store: Store) -> Iterator[str]:
    details = record.details
    if isinstance(details.get("rows"), int):
        yield f"<p>{details['rows']:,} rows</p>\n"
    if details.get("state"):
        yield f"<p>{_prose(_standing(details))}</p>\n"
    if details.get("message"):
        yield f'<p class="failed">{_prose(str(details["message"]))}</p>\n'
    yield from (f'<p class="other">{_prose(warning)}</p>\n' for warning in record.warnings)
    for name in ("expectations", "requirements"):
        if details.get(name):
            yield _expectations(details[name])
    if details.get("metrics"):
        yield _metrics(details["metrics"], details.get("baseline") or {})
    for name, stored in sorted(record.outputs.items()):
        if stored.suffix == ".svg":
            # As an image of its own: the ids in two drawings may be the same.
            data = base64.b64encode(store.read(stored)).decode("ascii")
            yield f'<img alt="{escape(name)}" src="data:image/svg+xml;base64,{data}">\n'


def _standing(details: Mapping[str, Json]) -> str:
    """How a deployment stands."""
    name, version = f"`{details['name']}`", details.get("version")
    return f"{name}: {details['state']}" if version is None else f"version {version} of {name}: {details['state']}"


def _prose(text: str) -> str:
    """A sentence, in which what stands between backticks is of the program."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def _expectations(found: Sequence[Mapping[str, Json]]) -> str:
    return _table(("expected", "outcome", "found"), (_expectation(item) for item in found))


def _expectation(item: Mapping[str, Json]) -> Iterator[str]:
    outcome = str(item.get("outcome"))
    kind = "passed" if outcome in _GOOD else "failed" if outcome in _BAD else "other"
    each = f" for each {escape(str(item['each']))}" if item.get("each") else ""
    yield f"<td><code>{escape(str(item['text']))}</code>{each}</td>"
    yield f'<td class="{kind}">{escape(outcome)}</td>'
    yield f"<td>{escape(_found(item))}</td>"


def _found(item: Mapping[str, Json]) -> str:
    if item.get("reason"):
        return str(item["reason"])
    if "share" in item and item["share"] is not None:
        return f"{item['failing']:,} of {item['rows']:,} rows fail"
    if item.get("value") is None:
        return ""
    interval = item.get("interval")
    between = f" ({_number(interval[0])} to {_number(interval[1])})" if interval else ""
    return f"{_number(item['value'])}{between}"


def _metrics(metrics: Mapping[str, Json], baseline: Mapping[str, Json]) -> str:
    rows = (
        (
            f"<td>{escape(name)}</td>",
            f'<td class="number">{_number(value)}</td>',
            f'<td class="number">{_number(baseline.get(name))}</td>',
        )
        for name, value in metrics.items()
    )
    return _table(("metric", "model", "trivial baseline"), rows)


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in heads)
    body = "".join(f"<tr>{''.join(row)}</tr>\n" for row in rows)
    return f"<table>\n<tr>{head}</tr>\n{body}</table>\n"


def _number(value: Json) -> str:
    match value:
        case None:
            return "–"
        case bool() | str():
            return escape(str(value))
        case int():
            return f"{value:,}"
        case float():
            return f"{value:.4g}"
        case other:
            return escape(str(other))
