"""A program in an editor that is not there: a workspace, and places given by a mark in the text."""

from __future__ import annotations

from pathlib import Path

from lsprotocol import types

from mldsl.lsp.completion import complete
from mldsl.lsp.documents import Document
from mldsl.lsp.snapshot import Snapshot
from mldsl.lsp.workspace import Workspace

MARK = "│"
"""Stands in a text where the cursor is."""

SHOP = """\
## Läuft jede Nacht 🌙
pipeline shop { seed: 1 }

## So viele Tage.
param days: int = 30

## Eine Zeile je Kundin – 🛒.
source customers = csv("customers.csv") {
  id: string key
  plan: enum("basic", "größer", "team 🚀")
  tenure: int
  monthly: float? from "Monthly Charges"
  churned: bool
}

source orders = csv("orders.csv") {
  customer: string
  amount: float
}

check customers { expect unique(id); expect tenure >= 0 }
check orders { expect customer references customers.id }

transform spend = orders {
  group by customer {
    total = sum(amount)
    orders = count()
  }
}

transform features = customers {
  left join spend on id == spend.customer
  filter plan == "größer" or tenure > days  # 🚀 nur große
  derive {
    total = total ?? 0.0
    rate = (monthly ?? 0.0) / (tenure + 1)
  }
  rename rate to `per month`
  derive double = `per month` * 2
}

split data = features { train: 70%; test: 30% }

model churn = predict churned from data {
  prepare { tenure: scale(standard) }
  algorithm gradient_boosting { max_depth: 4 }
}

evaluate churn on data.test { expect roc_auc >= 0.6; report: roc_curve }

deploy nightly = churn to batch(features) {
  require evaluation
  columns: id, churned_probability
}
"""


def uri(path: str | Path) -> str:
    """The URI of a path that need not be there."""
    return Path("/nowhere", path).as_uri()


def opened(
    text: str = SHOP, path: str | Path = "shop.ml", workspace: Workspace | None = None
) -> tuple[Workspace, Document]:
    """A workspace with one file open."""
    space = workspace or Workspace()
    return space, space.open(uri(path), text)


def looked_at(text: str = SHOP) -> tuple[Snapshot, Document]:
    """A program of one file, analysed."""
    space, document = opened(text)
    return space.snapshot(document), document


def offset_of(document: Document, line: str, word: str) -> int:
    """Where `word` begins in the first line that has `line` in it."""
    return document.file.text.index(line) + line.index(word)


def offered(text: str) -> list[str]:
    """What completion offers at the mark in a text."""
    space, document = opened(text.replace(MARK, ""))
    return [item.label for item in complete(space, document, text.index(MARK)).items]


def typed(before: str, text: str) -> str:
    """The shop's program with `text` (and its mark) typed right behind `before`."""
    assert SHOP.count(before) == 1, before
    return SHOP.replace(before, before + text)


def applied(workspace: Workspace, edit: types.WorkspaceEdit) -> dict[str, str]:
    """The files of an edit as they are afterwards, by their names."""
    found = {}
    for where, edits in (edit.changes or {}).items():
        document = workspace.by_uri(where)
        text = document.file.text
        for item in sorted(edits, key=lambda one: document.offset(one.range.start), reverse=True):
            start, end = document.offset(item.range.start), document.offset(item.range.end)
            text = text[:start] + item.new_text + text[end:]
        found[Path(where).name] = text
    return found
