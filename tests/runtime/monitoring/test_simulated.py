"""How often drift is alarmed of where there is none, and how often it is seen where there is."""

import numpy as np
import pytest
from scipy.stats import binom

from mldsl.runtime.monitoring.drift import drift
from tests.support.drifting import rows

TRAINING = 5_000


def alarms(checks: int, batch: int, *, training: int = TRAINING, shift: float = 0.0, threshold: float = 0.0) -> int:
    """In how many of so many checks of all 30 columns at least one alarms; each check has new training rows."""
    found = 0
    for number in range(checks):
        generator = np.random.default_rng([number, batch, round(shift * 100)])
        old, new = rows(training, generator), rows(batch, generator, shift)
        columns = drift(old, new, old.columns, None, number)
        assert len(columns) == 30
        found += any(item.beyond_chance and item.distance > threshold for item in columns)
    return found


def at_most(share: float, checks: int) -> int:
    """How many alarms are no more than `share`, allowing for noise (1 in 1,000 simulations would have more)."""
    return int(binom.ppf(0.999, checks, share))


@pytest.mark.parametrize("batch", [100, 1_000])
def test_rows_like_those_of_the_training_are_left_alone(batch: int):
    # The threshold is 0: chance alone decides, whatever a program asks for.
    assert alarms(5, batch, training=1_000) <= at_most(0.01, 5)


def test_half_a_standard_deviation_in_one_of_thirty_columns_is_seen():
    assert alarms(4, 1_000, training=1_000, shift=0.5, threshold=0.2) == 4


@pytest.mark.slow
@pytest.mark.parametrize("batch", [100, 1_000, 10_000])
def test_at_most_one_in_a_hundred_checks_is_a_false_alarm(batch: int):
    checks = 200 if batch < 10_000 else 60
    assert alarms(checks, batch) <= at_most(0.01, checks)


@pytest.mark.slow
def test_drift_of_one_column_is_seen_in_nine_of_ten_checks():
    assert alarms(100, 1_000, shift=0.5, threshold=0.2) >= 90
