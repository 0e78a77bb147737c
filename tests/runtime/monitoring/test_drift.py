from math import log, log2, sqrt

import numpy as np
import polars as pl
import pytest
from scipy.spatial.distance import jensenshannon
from scipy.stats import ks_2samp, wasserstein_distance

from mldsl.runtime.monitoring.chance import part_size
from mldsl.runtime.monitoring.drift import ColumnDrift, drift


def one(old: pl.Series, new: pl.Series, method=None) -> ColumnDrift:
    return drift(pl.DataFrame({"x": old}), pl.DataFrame({"x": new}), ["x"], method, 1)[0]


def numbers(*values: float | None, times: int = 20) -> pl.Series:
    return pl.Series(values * times, dtype=pl.Float64)


def words(**counts: int) -> pl.Series:
    return pl.Series([None if name == "null" else name for name, count in counts.items() for _ in range(count)])


# --- distances, against values worked out by hand or by SciPy --------------------------------------------------------


def test_numbers_by_the_area_between_distribution_functions_in_standard_deviations():
    old, new = numbers(0, 1, 2, 3), numbers(1, 2, 3, 4)
    found = one(old, new)
    assert found.measure == "Wasserstein"
    assert found.distance == pytest.approx(1 / np.std(old.to_numpy(), ddof=1))


@pytest.mark.parametrize("size", [50, 700, 20_000])
@pytest.mark.parametrize("shape", ["normal", "lognormal", "standard_cauchy"])
def test_many_numbers_as_scipy_has_them(shape: str, size: int):
    generator = np.random.default_rng(size)
    old, new = getattr(generator, shape)(size=3_000), 1.1 * getattr(generator, shape)(size=size) + 0.3
    found = one(pl.Series(old), pl.Series(new))
    assert found.distance == pytest.approx(wasserstein_distance(old, new) / np.std(old, ddof=1), rel=0.01, abs=0.002)
    assert one(pl.Series(old), pl.Series(new), "ks").distance == pytest.approx(ks_2samp(old, new).statistic, abs=0.004)


def test_categories_by_the_jensen_shannon_distance_to_base_2():
    found = one(words(a=50, b=50), words(a=80, b=20))
    assert found.measure == "Jensen-Shannon"
    by_hand = (0.5 * log2(0.5 / 0.65) + 0.5 * log2(0.5 / 0.35) + 0.8 * log2(0.8 / 0.65) + 0.2 * log2(0.2 / 0.35)) / 2
    assert found.distance == pytest.approx(sqrt(by_hand))
    assert found.distance == pytest.approx(jensenshannon([0.5, 0.5], [0.8, 0.2], base=2))


def test_categories_that_have_nothing_in_common_are_1_apart():
    assert one(words(a=50), words(b=50)).distance == pytest.approx(1)


def test_a_category_that_is_new_counts():
    assert one(words(a=100), words(a=90, new=10)).distance == pytest.approx(jensenshannon([1, 0], [0.9, 0.1], base=2))


def test_null_is_a_category():
    found = one(words(a=100), words(a=90, null=10))
    assert found.distance == pytest.approx(jensenshannon([1, 0], [0.9, 0.1], base=2))


def test_the_stability_index_of_categories():
    found = one(words(a=50, b=50), words(a=80, b=20), "psi")
    assert found.measure == "PSI"
    assert found.distance == pytest.approx(0.3 * log(0.8 / 0.5) - 0.3 * log(0.2 / 0.5))


def test_the_stability_index_of_numbers_over_tenths_of_the_training_rows():
    old = pl.Series(np.arange(100.0))
    new = pl.Series([*np.arange(50.0), *np.arange(50.0)])  # the upper half is gone: ten shares of 0.1 are 0.2 and 0
    expected = 5 * (0.2 - 0.1) * log(0.2 / 0.1) + 5 * (0.0001 - 0.1) * log(0.0001 / 0.1)
    assert one(old, new, "psi").distance == pytest.approx(expected, rel=0.02)


def test_ks_of_categories_is_the_largest_difference_in_probability():
    found = one(words(a=50, b=30, c=20), words(a=30, b=30, c=40), "ks")
    assert (found.measure, found.distance) == ("total variation", pytest.approx(0.2))


# --- what a column may hold ------------------------------------------------------------------------------------------


def test_values_that_go_missing_are_drift_of_a_number_too():
    old = numbers(1, 2, 3, 4)
    new = pl.concat([numbers(1, 2, 3, 4, times=10), numbers(None, times=40)])
    found = one(old, new)
    assert (found.part, found.measure) == ("missing", "Jensen-Shannon")
    assert found.distance == pytest.approx(jensenshannon([1, 0], [0.5, 0.5], base=2))
    assert found.beyond_chance


def test_a_column_that_is_all_missing():
    found = one(numbers(1, 2, 3, 4), numbers(None, times=80))
    assert (found.part, found.distance, found.beyond_chance) == ("missing", pytest.approx(1), True)


def test_a_constant_column_that_stays_and_one_that_does_not():
    assert one(numbers(7, times=50), numbers(7, times=50)).distance == 0
    moved = one(numbers(7, times=50), pl.concat([numbers(7, times=25), numbers(8, times=25)]))
    assert moved.distance == pytest.approx(jensenshannon([1, 0], [0.5, 0.5], base=2))
    assert moved.beyond_chance


def test_dates_have_distances():
    days = pl.date_range(pl.date(2026, 1, 1), pl.date(2026, 4, 10), eager=True)
    found = one(days, days.dt.offset_by("30d"))
    assert found.distance == pytest.approx(30 / np.std(np.arange(100), ddof=1))
    assert found.beyond_chance


def test_bools_and_enums_are_categories():
    flags = one(pl.Series([True] * 30 + [False] * 30), pl.Series([True] * 60))
    assert flags.measure == "Jensen-Shannon"
    plans = pl.Series(["basic"] * 40 + ["pro"] * 40, dtype=pl.Enum(["basic", "pro"]))
    assert one(plans, plans).distance == 0


def test_an_int_of_the_training_may_be_a_float_now():
    assert one(pl.Series([1, 2, 3, 4] * 20), numbers(1, 2, 3, 4)).distance == 0


# --- chance ----------------------------------------------------------------------------------------------------------


def test_few_rows_differ_by_chance_and_many_do_not():
    generator = np.random.default_rng(3)
    old = pl.Series(generator.normal(size=5_000))
    few, many = (one(old, pl.Series(generator.normal(0.25, 1, size=size))) for size in (40, 4_000))
    assert few.distance > 0.15 and not few.beyond_chance
    assert many.distance > 0.15 and many.beyond_chance
    assert few.chance > 3 * many.chance


def test_more_columns_need_more_to_be_beyond_chance():
    generator = np.random.default_rng(5)
    names = [f"c{number}" for number in range(40)]
    old = pl.DataFrame({name: generator.normal(size=1_000) for name in names})
    new = pl.DataFrame({name: generator.normal(size=200) for name in names})
    alone = drift(old, new, ["c0"], None, 1)[0]
    among = drift(old, new, names, None, 1)[0]
    assert among.distance == pytest.approx(alone.distance)
    assert among.chance > 1.1 * alone.chance


def test_one_wild_value_is_no_drift():
    def wild(seed: int) -> ColumnDrift:
        generator = np.random.default_rng(seed)
        new = generator.normal(size=1_000)
        new[0] = 1e6
        return one(pl.Series(generator.normal(size=5_000)), pl.Series(new))

    found = [wild(seed) for seed in range(5)]
    assert min(item.distance for item in found) > 100
    assert sum(item.beyond_chance for item in found) <= 1


@pytest.mark.parametrize(("training", "batch"), [(9_000, 100), (9_000, 1_000), (9_000, 3_000)])
def test_parts_of_the_training_rows_are_as_exact_as_the_batch(training: int, batch: int):
    part = part_size(training, batch)
    assert 1 / part + 1 / (training - part) == pytest.approx(1 / batch + 1 / training, rel=0.01)


def test_a_batch_larger_than_the_training_is_like_its_half():
    assert part_size(1_000, 50_000) == 500


def test_the_same_rows_give_the_same():
    generator = np.random.default_rng(11)
    old, new = pl.Series(generator.normal(size=500)), pl.Series(generator.normal(size=100))
    assert one(old, new) == one(old, new)


@pytest.mark.parametrize(("training", "batch", "said"), [(500, 10, "10 rows are too few to tell"), (12, 50, "12 rows")])
def test_too_few_rows_are_not_judged(training: int, batch: int, said: str):
    with pytest.raises(ValueError, match=said):
        one(numbers(1, times=training), numbers(1, times=batch))
