"""The memory of a search: the score of every recipe in every fold, kept as soon as it is known.

It lies in the store under the step's key, so that a run that was killed is not fitted from the start again. A search
asks for the same recipes in the same order given the same scores, and floats are kept exactly; so what comes of a run
that goes on is what would have come of one that was never stopped. Failures are not kept: they are quickly found again.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from mldsl.runtime.models.estimators import Recipe
from mldsl.runtime.store import Store
from mldsl.runtime.store.store import trials_folder


@dataclass(frozen=True, slots=True)
class Memory:
    """Scores of a step that is not finished. Without a store nothing is remembered.

    `late` says that this search was stopped when its time was up: what is remembered is all that there is to it.
    """

    store: Store | None = None
    key: str = ""
    late: bool = False

    def score(self, recipe: Recipe, metric: str, fold: int) -> float | None:
        """The score that a recipe had in a fold; None where it is not known."""
        data = None if self.store is None else self.store.files.read(self._path(recipe, metric, fold))
        if data is None:
            return None
        try:
            found = json.loads(data)["score"]
        except (ValueError, KeyError, TypeError):
            return None  # a power cut may damage what was written last
        return found if isinstance(found, float) else None

    def keep(self, recipe: Recipe, metric: str, fold: int, score: float) -> None:
        """Remember it."""
        if self.store is not None:
            self.store.files.write(self._path(recipe, metric, fold), json.dumps({"score": score}).encode())

    @property
    def ended(self) -> bool:
        """Whether this worker, or another one that made this search, had no more time for it."""
        return self.late or (self.store is not None and self.store.files.size(self._end) is not None)

    def end(self) -> None:
        """Note that there is no more time for this search."""
        if self.store is not None:
            self.store.files.write(self._end, b"{}")

    @property
    def _end(self) -> str:
        return f"{trials_folder(self.key)}/ended.json"

    def _path(self, recipe: Recipe, metric: str, fold: int) -> str:
        what = json.dumps([recipe.index, recipe.parameters, metric, fold], sort_keys=True)
        return f"{trials_folder(self.key)}/{hashlib.sha256(what.encode()).hexdigest()[:32]}.json"


FORGETFUL = Memory()
"""Remembers nothing."""
