"""Says beforehand where categories make a table so wide that a fit on it takes long."""

from __future__ import annotations

from collections.abc import Iterator

from mldsl.plan.nodes import ModelBody, PrepareRule
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.models.estimators import fixed_recipe, make_estimator, takes_sparse
from mldsl.runtime.models.features import Encoder
from mldsl.runtime.models.fitting import Setting
from mldsl.runtime.models.preparation import rules_for

# Trees look at each column at every split: from so many on, a fit takes minutes where it took seconds.
_MANY = 1000


def wide(body: ModelBody, encoder: Encoder, setting: Setting) -> list[str]:
    """A sentence for each column of very many categories that an algorithm gets as a full column for each of them.

    Algorithms that take sparse tables cost what the rows cost, and are left out.
    """
    found: dict[str, None] = {}
    for index, algorithm in enumerate(body.algorithms):
        try:
            if takes_sparse(make_estimator(fixed_recipe(index, algorithm), setting.seed, setting.folder)):
                continue
        except StepFailed:
            continue  # the fit tells it
        for rule in rules_for(body.prepare, index):
            found |= dict.fromkeys(_of_rule(rule, encoder, algorithm.name))
    return list(found)


def _of_rule(rule: PrepareRule, encoder: Encoder, algorithm: str) -> Iterator[str]:
    if not any(step.name == "encode" and step.arguments.get("method") == "onehot" for step in rule.steps):
        return
    for name in rule.columns:
        count = next((len(feature.categories) for feature in encoder.numeric if feature.name == name), 0)
        if count >= _MANY:
            yield (
                f"`{name}` has {count:,} categories, each a column of its own for `{algorithm}`, which takes long: "
                f"prepare it with `encode(target)` or `encode(ordinal)`"
            )
