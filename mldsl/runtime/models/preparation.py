"""Preparation: the rules of a model's `prepare`, fitted on training rows and applied to any rows.

Each rule becomes a block: some columns of the matrix, or one text, and the steps that follow. The blocks' results stand
side by side, dense or sparse, whichever suits them. Blocks are fitted each on its own, so that algorithms which prepare
some columns alike share the work.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mldsl.catalog.tasks import Task
from mldsl.plan.nodes import PrepareRule, PrepareStep
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.models.features import Encoder, Feature, Floats, Ints, Matrix, drops, is_textual, material_key
from mldsl.runtime.models.folds import Divider
from mldsl.runtime.models.steps import STEPS, Place
from mldsl.runtime.models.untyped import Fitted, Prepared

Target = Floats | Ints | None
"""What is predicted, as numbers; None where nothing is."""

_WIDE = 100  # columns: up to so many are always dense
_SPARSE = 0.25  # the share of cells that are not 0, below which wide results stay sparse


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """A fitted rule: which `columns` of the matrix it takes (or which `text`), its fitted steps, its results' names.

    A step is None where nothing is done; `dense` says before which steps a sparse matrix is filled up.
    """

    columns: tuple[int, ...]
    text: str | None
    steps: tuple[Fitted, ...]
    dense: tuple[bool, ...]
    names: tuple[str, ...]

    def transform(self, matrix: Matrix) -> Prepared:
        """The rows, prepared."""
        found = take_columns(matrix, self.columns, self.text)
        for step, dense in zip(self.steps, self.dense, strict=True):
            found = to_dense(found) if dense else found
            found = found if step is None else step.transform(found)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Preparation:
    """All blocks of an algorithm; `sparse` says in which form their results are put side by side."""

    blocks: tuple[Block, ...]
    sparse: bool

    @property
    def names(self) -> tuple[str, ...]:
        """What the prepared features are called."""
        return tuple(name for block in self.blocks for name in block.names)

    def transform(self, matrix: Matrix) -> Prepared:
        """The rows, prepared."""
        return side_by_side([block.transform(matrix) for block in self.blocks], self.sparse)


@dataclass(frozen=True, slots=True)
class Purpose:
    """What is prepared for: the task, the seed of steps that draw at random, and how the rows are divided."""

    task: Task
    seed: int
    divider: Divider | None = None


# --- fitting ---------------------------------------------------------------------------------------------------------


def rules_for(rules: Sequence[PrepareRule], algorithm: int) -> tuple[PrepareRule, ...]:
    """The rules of the algorithm with that index, a rule over several texts as one each; what is dropped is gone."""
    chosen = [rule for rule in rules if not rule.algorithms or algorithm in rule.algorithms]
    found: list[PrepareRule] = []
    for rule in chosen:
        if drops(rule):
            continue
        alone = is_textual(rule) and len(rule.columns) > 1
        found += [replace(rule, columns=(name,)) for name in rule.columns] if alone else [rule]
    return tuple(found)


def fit_block(
    rule: PrepareRule, encoder: Encoder, matrix: Matrix, target: Target, purpose: Purpose
) -> tuple[Block, Prepared]:
    """A rule fitted on these rows, and the rows as it prepares them (cross-fitted where a step looks at the target).

    Raises StepFailed where a step cannot be fitted.
    """
    text = material_key(rule, encoder)
    features = () if text else tuple(part for name in rule.columns for part in encoder.feature(name).parts)
    columns = () if text else tuple(place for name in rule.columns for place in encoder.places(name))
    found = take_columns(matrix, columns, text)
    names: tuple[str, ...] = rule.columns if text else tuple(feature.name for feature in features)
    fitted, dense = [], []
    for number, step in enumerate(rule.steps):
        row = STEPS[step.name]
        dense.append(not row.sparse and _is_sparse(found))
        found = to_dense(found) if dense[-1] else found
        last = number == len(rule.steps) - 1
        place = Place(features, matrix.rows, purpose.task, purpose.seed, last, purpose.divider)
        built, found = _fit_step(step, place, found, target, rule)
        given, names = names, names if built is None else row.name(built, names, place)
        if names != given and not last:
            features = tuple(Feature(name, "float") for name in names)
        fitted.append(built)
    return Block(columns, text, tuple(fitted), tuple(dense), names), found


def _fit_step(
    step: PrepareStep, place: Place, given: Prepared, target: Target, rule: PrepareRule
) -> tuple[Fitted, Prepared]:
    try:
        built = STEPS[step.name].build(step.arguments, place, given)
        return built, given if built is None else built.fit_transform(given, target)
    except ValueError as error:
        columns = ", ".join(f"`{name}`" for name in rule.columns[:3]) + (", …" if len(rule.columns) > 3 else "")
        words = " ".join(str(error).split("\n")[0].split())
        raise StepFailed(f"`{written(step)}` of {columns} cannot be fitted: {words}") from error


def written(step: PrepareStep) -> str:
    """The step as a program has it, with its first argument."""
    first = next(iter(step.arguments.values()), None)
    return f"{step.name}({first})" if isinstance(first, str | int) else step.name


def put_together(blocks: Sequence[Block], parts: Sequence[Prepared]) -> tuple[Preparation, Prepared]:
    """The preparation that these blocks make, and the rows that they were fitted on.

    Raises StepFailed where nothing is left to learn from.
    """
    if not sum(part.shape[1] for part in parts):
        raise StepFailed("no column is left to learn from once `prepare` has dropped and selected")
    preparation = Preparation(tuple(blocks), _stays_sparse(parts))
    return preparation, side_by_side(parts, preparation.sparse)


def fit_preparation(
    rules: Sequence[PrepareRule], encoder: Encoder, matrix: Matrix, target: Target, purpose: Purpose
) -> tuple[Preparation, Prepared]:
    """All of an algorithm's rules (`rules_for`), fitted on these rows, and the rows as they prepare them."""
    pairs = [fit_block(rule, encoder, matrix, target, purpose) for rule in rules]
    return put_together([block for block, _ in pairs], [part for _, part in pairs])


# --- dense and sparse ------------------------------------------------------------------------------------------------


def take_columns(matrix: Matrix, columns: tuple[int, ...], text: str | None) -> Prepared:
    """What a block starts from."""
    if text is None:
        return matrix.numbers[:, list(columns)]
    found = matrix.texts[text]
    return found.reshape(-1, 1) if found.ndim == 1 else found


def side_by_side(parts: Sequence[Prepared], sparse: bool) -> Prepared:
    """The parts as one."""
    if sparse:
        from scipy.sparse import csr_array, hstack

        return csr_array(hstack(parts, format="csr"))
    dense = [to_dense(part) for part in parts]
    return np.asarray(dense[0] if len(dense) == 1 else np.hstack(dense), np.float64)


def to_dense(found: Prepared) -> Prepared:
    """The matrix filled up with its zeros. Raises StepFailed where that would fill the memory."""
    if not _is_sparse(found):
        return found
    rows, columns = found.shape
    if rows * columns * 8 > memory() / 2:
        message = f"the prepared table would have {rows:,} rows of {columns:,} columns, more than fit into memory"
        help_ = "prepare columns of many categories with `encode(target)` or `encode(ordinal)`, or take fewer words"
        raise StepFailed(message, help_)
    return found.toarray()


def _stays_sparse(parts: Sequence[Prepared]) -> bool:
    if not any(_is_sparse(part) for part in parts):
        return False
    width = sum(int(part.shape[1]) for part in parts)
    filled = sum(int(part.nnz if _is_sparse(part) else part.size) for part in parts)
    return width > _WIDE and filled < _SPARSE * width * max(int(parts[0].shape[0]), 1)


def _is_sparse(found: Prepared) -> bool:
    return bool(hasattr(found, "nnz"))


def memory() -> int:
    """The machine's memory in bytes."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 8 << 30
