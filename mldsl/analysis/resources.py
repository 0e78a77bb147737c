"""`resources { cpu: 2; memory: 4Gi; gpu: 1; volumes: "shared:/data" }`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mldsl.analysis.context import Context
from mldsl.analysis.options.block import Options, once, read_options
from mldsl.analysis.program import Resources
from mldsl.catalog.kubernetes import NodeLabel, Toleration, Volume
from mldsl.syntax import tree


def the_block(context: Context, body: Sequence[tree.Node], word: str) -> tree.Block | None:
    """The block of that name in a declaration's body; a second one is ML108."""
    found: tree.Block | None = None
    for item in body:
        if isinstance(item, tree.Block) and item.name.text == word and once(context, item, word, found):
            found = item
    return found


def read_resources(context: Context, body: Sequence[tree.Node]) -> Resources:
    """The resources that a declaration asks for. ML107 for a kind of device without a number of them."""
    options = _options(context, body)
    if options is None:
        return Resources()
    if context.settings.resources.gpu is None:
        _counted(context, options)
    return _resources(options)


def read_common_resources(
    context: Context, pipeline: tree.Pipeline, declarations: Iterable[tree.Declaration]
) -> Resources:
    """The resources that the pipeline asks for on behalf of all steps; `declarations` may count devices themselves."""
    options = _options(context, pipeline.body)
    if options is None:
        return Resources()
    if not any(_counts_devices(item) for item in declarations):
        _counted(context, options)
    return _resources(options)


def _options(context: Context, body: Sequence[tree.Node]) -> Options | None:
    block = the_block(context, body, "resources")
    return None if block is None else read_options(context, "resources", block.options, block.name.span)


def _counted(context: Context, options: Options) -> None:
    """ML107 where the options name a kind of device and nobody says how many of them."""
    if options.get("accelerator", str) is not None and "gpu" not in options.given:
        help_ = "`gpu: 1` says how many devices of that kind; without it there are none"
        context.report("ML107", "`accelerator` needs `gpu`", options.given["accelerator"].name.span, help=help_)


def _counts_devices(declaration: tree.Declaration) -> bool:
    if not isinstance(declaration, (tree.Model, tree.Deploy)):
        return False
    blocks = (item for item in declaration.body if isinstance(item, tree.Block) and item.name.text == "resources")
    return any(option.name.text == "gpu" for block in blocks for option in block.options)


def _resources(options: Options) -> Resources:
    cpu = options.get("cpu", int) or options.get("cpu", float)
    return Resources(
        cpu=float(cpu) if cpu is not None else None,
        memory=options.get("memory", int),
        gpu=options.get("gpu", int),
        accelerator=options.get("accelerator", str),
        node_selector=options.each("node_selector", NodeLabel),
        tolerations=options.each("tolerations", Toleration),
        volumes=options.each("volumes", Volume),
    )
