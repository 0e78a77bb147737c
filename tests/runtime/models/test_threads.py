"""Steps that run at the same time in one process do not disturb each other."""

from __future__ import annotations

import os
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event

import polars as pl
import pytest
from threadpoolctl import threadpool_info

from mldsl.plan.nodes import ColumnSpec
from mldsl.runtime.models.notices import noticed, quiet
from mldsl.runtime.models.threads import native_threads, workers
from tests.support.learning import Bench, algorithm, model_body


def blas() -> set[int]:
    return {item["num_threads"] for item in threadpool_info() if item["user_api"] == "blas"}


def test_blas_has_one_thread_until_the_last_step_is_through() -> None:
    before = blas()
    first_in, second_in, first_out = Event(), Event(), Event()

    def first() -> None:
        with native_threads(1):
            first_in.set()
            second_in.wait(10)
        first_out.set()

    def second() -> set[int]:
        first_in.wait(10)
        with native_threads(2):
            second_in.set()
            first_out.wait(10)
            return blas()

    with ThreadPoolExecutor(2) as pool:
        tasks = pool.submit(first), pool.submit(second)
        tasks[0].result()
        assert tasks[1].result() == {1}
    assert blas() == before


def test_every_thread_gets_its_own_warnings(recwarn: pytest.WarningsRecorder) -> None:
    meet = Barrier(3)

    def step(name: str) -> list[str]:
        found: list[str] = []
        with noticed(name, found):
            meet.wait(10)
            warnings.warn(f"said by {name}", UserWarning, stacklevel=1)
            warnings.warn("not worth a word", FutureWarning, stacklevel=1)
            meet.wait(10)
        return found

    def silent() -> None:
        with quiet():
            meet.wait(10)
            warnings.warn("tried and thrown away", UserWarning, stacklevel=1)
            meet.wait(10)

    with ThreadPoolExecutor(3) as pool:
        one, two, nothing = pool.submit(step, "a"), pool.submit(step, "b"), pool.submit(silent)
        assert one.result() == ["`a`: said by a"]
        assert two.result() == ["`b`: said by b"]
        nothing.result()
    assert not recwarn.list
    warnings.warn("as before", UserWarning, stacklevel=1)
    assert [str(item.message) for item in recwarn.list] == ["as before"]


def test_results_stand_in_the_order_of_the_items() -> None:
    for jobs in (1, 3):
        with workers(jobs) as over:
            assert over(lambda number: number * 2, range(50)) == list(range(0, 100, 2))


def test_models_fitted_at_the_same_time_are_the_same_as_one_after_another(
    tmp_path: Path, people: pl.DataFrame, people_features: tuple[ColumnSpec, ...]
) -> None:
    names = ("logistic_regression", "gradient_boosting", "random_forest", "logistic_regression")
    benches = [Bench(tmp_path / str(number)) for number in range(len(names))]

    def fit(pair: tuple[Bench, str]) -> bytes:
        body = model_body("binary", people_features, [algorithm(pair[1], "binary")], target=("stays", "bool"))
        return pair[0].fit(body, people, jobs=2).data

    alone = [fit(pair) for pair in zip(benches, names, strict=True)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(fit, zip(benches, names, strict=True))) == alone


def test_libraries_that_are_loaded_by_the_first_model_are_limited_too() -> None:
    code = (
        "from mldsl.runtime.models.threads import native_threads\n"
        "with native_threads(1):\n"
        "    import sklearn.decomposition, sklearn.ensemble\n"
        "    from threadpoolctl import threadpool_info\n"
        "    print({item['num_threads'] for item in threadpool_info()})"
    )
    root = str(Path(__file__).parents[3])
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": root}
    )
    assert done.stdout.strip() == "{1}"


def test_fits_at_the_same_time_have_a_thread_each_whatever_they_ask_for() -> None:
    def openmp(_: int) -> set[int]:
        with native_threads(2):
            return {item["num_threads"] for item in threadpool_info() if item["user_api"] == "openmp"}

    with workers(2) as over:
        assert over(openmp, range(4)) == [{1}] * 4
    with native_threads(2):
        assert openmp(0) == {2}


@pytest.mark.parametrize(("given", "policy"), [({}, "passive"), ({"OMP_WAIT_POLICY": "active"}, "active")])
def test_threads_that_wait_sleep_unless_the_user_says_otherwise(given: dict[str, str], policy: str) -> None:
    code = (
        "import os, sys\n"
        "from mldsl.runtime.models.threads import native_threads\n"
        "assert 'sklearn' not in sys.modules, 'it is read when OpenMP is loaded'\n"
        "with native_threads(1):\n"
        "    print(os.environ['OMP_WAIT_POLICY'])"
    )
    env = {key: value for key, value in os.environ.items() if key != "OMP_WAIT_POLICY"}
    env |= {**given, "PYTHONPATH": str(Path(__file__).parents[3])}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)
    assert done.stdout.strip() == policy
