"""Inside quotes: the values of an enum, the tables of a SQL text, scikit-learn's data sets."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mldsl.catalog.connectors import DATASETS
from mldsl.lsp.completion.candidates import Candidate, Kind, values, words
from mldsl.lsp.completion.expressions import compared, scope_of
from mldsl.lsp.completion.facts import Facts
from mldsl.lsp.completion.place import Place

_PLACEHOLDER = re.compile(r"\{[\w.]*\Z")


def in_string(facts: Facts, place: Place) -> Iterator[Candidate]:
    """What may stand in a string at the cursor."""
    typed = place.string or ""
    inside = place.inside()
    if inside is not None and inside[0] == "sql":
        if _PLACEHOLDER.search(typed):
            yield from words((name for name, _ in facts.tables()), "table", Kind.Struct)
        return
    if inside is not None and inside[0] == "sklearn":
        yield from words(DATASETS, "data set", Kind.Value)
        return
    column = compared(place, scope_of(facts, place))
    if column is not None:
        yield from values(column.type, quoted=False)
