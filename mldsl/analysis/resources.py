"""`resources { cpu: 2; memory: 4Gi; gpu: 1 }`."""

from __future__ import annotations

from collections.abc import Sequence

from mldsl.analysis.context import Context
from mldsl.analysis.options.block import once, read_options
from mldsl.analysis.program import Resources
from mldsl.syntax import tree


def the_block(context: Context, body: Sequence[tree.Node], word: str) -> tree.Block | None:
    """The block of that name in a declaration's body; a second one is ML108."""
    found: tree.Block | None = None
    for item in body:
        if isinstance(item, tree.Block) and item.name.text == word and once(context, item, word, found):
            found = item
    return found


def read_resources(context: Context, body: Sequence[tree.Node]) -> Resources:
    """The resources that a declaration asks for."""
    block = the_block(context, body, "resources")
    if block is None:
        return Resources()
    options = read_options(context, "resources", block.options, block.name.span)
    cpu = options.get("cpu", int) or options.get("cpu", float)
    return Resources(float(cpu) if cpu is not None else None, options.get("memory", int), options.get("gpu", int))
