"""How a certificate names things."""

from __future__ import annotations

from collections.abc import Iterable

from mldsl.analysis.program import SplitDecl


def quoted(names: Iterable[str]) -> str:
    """Names in backticks, with commas."""
    return ", ".join(f"`{name}`" for name in names)


def percent(share: float) -> str:
    """A share as a percentage, without needless digits: "70%"."""
    return f"{round(100 * share, 6):g}%"


def split_words(split: SplitDecl) -> str:
    """A split with its shares and its kind: "`data` (70% train, 30% test, by the time `day`)"."""
    shares = ", ".join(f"{percent(share)} {part}" for part, share in split.shares.items())
    kinds = []
    if split.time is not None:
        kinds.append(f"by the time `{split.time}`")
    if split.group is not None:
        kinds.append(f"by the group `{split.group}`")
    if split.stratify is not None:
        kinds.append(f"stratified by `{split.stratify}`")
    return f"`{split.name}` ({shares}, {' and '.join(kinds) or 'at random'})"
