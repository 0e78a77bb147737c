"""How often drift is alarmed of where there is none, and how often it is seen where there is."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import binom

from mldsl.runtime.monitoring.drift import drift
from tests.support.drifting import rows

TRAINING = 5_000


def alarms(number: int, batch: int, *, training: int = TRAINING, shift: float = 0.0, threshold: float = 0.0) -> bool:
    """Whether at least one of 30 columns alarms in the check of that number; each check has new training rows."""
    generator = np.random.default_rng([number, batch, round(shift * 100)])
    old, new = rows(training, generator), rows(batch, generator, shift)
    columns = drift(old, new, old.columns, None, number)
    assert len(columns) == 30
    return any(item.beyond_chance and item.distance > threshold for item in columns)


def at_most(share: float, checks: int) -> int:
    """How many alarms are no more than `share`, allowing for noise (1 in 1,000 simulations would have more)."""
    return int(binom.ppf(0.999, checks, share))


def happens(found: Callable[[int], bool], share: float, *, not_in: float) -> bool:
    """Whether something happens in no more than `share` of cases, not in `not_in` of them or more.

    As many cases are tried as it takes to tell: Wald, Sequential Tests of Statistical Hypotheses (1945). Where it
    happens in `share`, the answer is wrong in 1 of 1,000 simulations; where in `not_in`, in 1 of 20.
    """
    yes, no = math.log(not_in / share), math.log((1 - not_in) / (1 - share))
    evidence, number = 0.0, 0  # for `not_in`
    while math.log(0.05) < evidence < math.log(0.95 / 0.001):
        evidence += yes if found(number) else no
        number += 1
    return evidence < 0


@pytest.mark.parametrize("batch", [100, 1_000])
def test_rows_like_those_of_the_training_are_left_alone(batch: int):
    # The threshold is 0: chance alone decides, whatever a program asks for.
    assert sum(alarms(number, batch, training=1_000) for number in range(5)) <= at_most(0.01, 5)


def test_half_a_standard_deviation_in_one_of_thirty_columns_is_seen():
    assert all(alarms(number, 1_000, training=1_000, shift=0.5, threshold=0.2) for number in range(4))


@pytest.mark.slow
@pytest.mark.parametrize("batch", [100, 1_000, 10_000])
def test_at_most_one_in_a_hundred_checks_is_a_false_alarm(batch: int):
    assert happens(lambda number: alarms(number, batch), 0.01, not_in=0.06)


@pytest.mark.slow
def test_drift_of_one_column_is_seen_in_nine_of_ten_checks():
    def missed(number: int) -> bool:
        return not alarms(number, 1_000, shift=0.5, threshold=0.2)

    assert happens(missed, 0.01, not_in=0.1)
