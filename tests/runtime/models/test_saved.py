"""Saved models: the same bytes for the same inputs, and nothing is made from a file that nothing vouches for."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest

from mldsl.plan.nodes import ColumnSpec, ModelBody, PythonCode
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.models.storage import load
from tests.support.learning import Bench, algorithm, by_path, columns, model_body, rule

OWN_CLASS = """
import numpy as np
from helper import SIGN


class Box:
    def __init__(self, values):
        self.values = values


class Sign:
    def __init__(self, column=0):
        self.column = column

    def fit(self, rows, target):
        self.cut = Box([float(np.median(rows[:, self.column]))])
        return self

    def predict(self, rows):
        return (SIGN * rows[:, self.column] > SIGN * self.cut.values[0]).astype(int)
"""

SCRIPT = """
import sys, tempfile
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import hashlib
import polars as pl
from tests.support.learning import Bench, algorithm, columns, model_body
from mldsl.catalog.types import Type

frame = pl.DataFrame({"x": [float(n % 7) for n in range(60)], "plan": ["a", "b", "c"] * 20,
                      "note": ["good day", "bad night", None] * 20, "y": [n % 7 > 3 for n in range(60)]})
features = columns(x="float", plan="string", note="text?")
for name in ("random_forest", "gradient_boosting", "lightgbm", "xgboost", "svm", "knn"):
    body = model_body("binary", features, [algorithm(name, "binary")], target=("y", "bool"))
    fit = Bench(Path(tempfile.mkdtemp())).fit(body, frame, jobs=int(sys.argv[2]))
    print(name, hashlib.sha256(fit.data).hexdigest())
"""


def test_every_process_gives_the_same_bytes() -> None:
    root = str(Path(__file__).parents[3])
    found = set()
    for seed, jobs in (("0", "1"), ("4711", "2")):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": root, "MALLOC_PERTURB_": str(int(jobs) * 77)}
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, root, jobs], capture_output=True, text=True, env=environment, check=True
        )
        found.add(done.stdout)
    assert len(found) == 1
    assert len(found.pop().splitlines()) == 6


def test_twice_in_a_row_the_same_bytes(
    bench: Bench, people: pl.DataFrame, people_features: Sequence[ColumnSpec]
) -> None:
    body = model_body("binary", people_features, [algorithm("extra_trees", "binary")], target=("stays", "bool"))
    one, two = (bench.fit(body, people) for _ in range(2))
    assert one.stored.digest == two.stored.digest
    assert one.summary == two.summary


def test_a_saved_model_is_json_and_arrays(
    bench: Bench, iris: pl.DataFrame, iris_features: Sequence[ColumnSpec]
) -> None:
    body = model_body("binary", iris_features, [algorithm("gradient_boosting", "binary")], target=("large", "bool"))
    data = bench.fit(body, iris).data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert {Path(name).suffix for name in archive.namelist()} <= {".json", ".npy", ".bin"}
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert "__id__" not in archive.read("schema.json").decode()


def test_a_loaded_model_predicts_from_pandas_too(
    bench: Bench, iris: pl.DataFrame, iris_features: Sequence[ColumnSpec]
) -> None:
    body = model_body("binary", iris_features, [algorithm("logistic_regression", "binary")], target=("large", "bool"))
    model = load(bench.fit(body, iris).data)
    assert model.feature_names_in_ == ("a", "b", "c", "d")
    assert model.classes_ == (False, True)
    assert model.predict(iris.to_pandas()) == model.predict(iris)
    assert model.predict_proba(iris)[:, 1].tolist() == model.predict_columns(iris)["large_probability"].to_list()
    without = model_body("binary", iris_features, [algorithm("ridge", "binary")], target=("large", "bool"))
    with pytest.raises(AttributeError, match="`ridge` gives no probabilities"):
        load(bench.fit(without, iris).data).predict_proba(iris)


# --- trust -----------------------------------------------------------------------------------------------------------


def altered(data: bytes, change: dict[str, str]) -> bytes:
    """The archive with strings of its schema replaced."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as given, zipfile.ZipFile(buffer, "w") as archive:
        for name in given.namelist():
            content = given.read(name)
            if name == "schema.json":
                text = content.decode()
                for old, new in change.items():
                    assert old in text
                    text = text.replace(old, new)
                content = text.encode()
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.fixture
def plain(bench: Bench, iris: pl.DataFrame, iris_features: Sequence[ColumnSpec]) -> bytes:
    body = model_body("binary", iris_features, [algorithm("naive_bayes", "binary")], target=("large", "bool"))
    return bench.fit(body, iris).data


BAYES = '"__class__":"GaussianNB","__module__":"sklearn.naive_bayes"'


def test_a_type_from_outside_is_refused(plain: bytes) -> None:
    harmful = altered(plain, {BAYES: '"__class__":"Popen","__module__":"subprocess"'})
    with pytest.raises(StepFailed, match=r"nothing vouches for: `subprocess\.Popen`"):
        load(harmful)


def test_no_function_is_reached_through_a_file(plain: bytes) -> None:
    function = '"__class__":"system","__module__":"os","__loader__":"FunctionNode"'
    with pytest.raises(StepFailed, match=r"nothing vouches for: `os\.system`"):
        load(altered(plain, {f'{BAYES},"__loader__":"ObjectNode"': function}))


@pytest.mark.parametrize("data", [b"", b"PK nothing", b"\x80\x04K\x01."])
def test_a_damaged_file_is_told(data: bytes) -> None:
    with pytest.raises(StepFailed, match="the model cannot be read"):
        load(data)


def test_a_cut_off_file_is_told(plain: bytes) -> None:
    with pytest.raises(StepFailed, match="the model cannot be read"):
        load(plain[: len(plain) // 2])


def test_a_model_of_another_version_is_not_read(plain: bytes) -> None:
    schema = json.loads(zipfile.ZipFile(io.BytesIO(plain)).read("schema.json"))
    first = schema["content"]["content"][0]
    assert first["content"] == "1", "the format comes first"
    text = json.dumps(first, separators=(",", ":"))
    with pytest.raises(StepFailed, match="another version of mldsl"):
        load(altered(plain, {text: text.replace('"content":"1"', '"content":"99"')}))


# --- classes of the user's own ---------------------------------------------------------------------------------------


def own_body(bench: Bench, **more: object) -> ModelBody:
    (bench.folder / "own.py").write_text(OWN_CLASS)
    (bench.folder / "helper.py").write_text("SIGN = 1\n")
    chosen = by_path(PythonCode(path="own.py", name="Sign"), column=1)
    features = columns(a="float", x="float")
    return model_body(
        "binary", features, [chosen], target=("y", "bool"), prepare=(rule("a x", "pass"),), **more
    )  # fmt: skip


FRAME = pl.DataFrame({"a": [0.0] * 6, "x": [1.0, 2, 3, 4, 5, 6], "y": [False] * 3 + [True] * 3})


def test_a_class_of_the_users_own_is_trusted_by_the_plan_alone(bench: Bench) -> None:
    fit = bench.fit(own_body(bench), FRAME)
    assert fit.model.predict_columns(FRAME)["y_predicted"].to_list() == FRAME["y"].to_list()
    assert fit.summary["parameters"] == {"column": 1}
    with pytest.raises(StepFailed, match="nothing vouches for: `mldsl_user_"):
        load(fit.data)


def test_a_changed_helper_counts_at_once(bench: Bench) -> None:
    body = own_body(bench)
    assert bench.fit(body, FRAME).model.predict_columns(FRAME)["y_predicted"].to_list() == [False] * 3 + [True] * 3
    (bench.folder / "helper.py").write_text("SIGN = -1\n")
    assert bench.fit(body, FRAME).model.predict_columns(FRAME)["y_predicted"].to_list() == [True] * 3 + [False] * 3


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("raise RuntimeError('no')", "`own.py` cannot be imported: RuntimeError: no"),
        ("Sign = 3", "`own.py` has no class `Sign`"),
        ("class Sign:\n    pass", "`Sign` cannot be made: TypeError"),
        ("class Sign:\n    def __init__(self, column): pass\n    def fit(self, x, y): 1 / 0",
         "`Sign` cannot be fitted: ZeroDivisionError: division by zero"),
        ("class Sign:\n    def __init__(self, column): self.f = lambda: 1\n    def fit(self, x, y): pass\n"
         "    def predict(self, x): return [0] * len(x)", "the fitted `Sign` cannot be saved"),
    ],
)  # fmt: skip
def test_a_class_that_does_not_work_is_told(code: str, message: str, bench: Bench) -> None:
    body = own_body(bench)
    (bench.folder / "own.py").write_text(code)
    with pytest.raises(StepFailed) as caught:
        bench.fit(body, FRAME)
    assert caught.value.message.startswith(message)


def test_a_file_that_is_not_there_is_told(bench: Bench) -> None:
    body = own_body(bench)
    (bench.folder / "own.py").unlink()
    with pytest.raises(StepFailed, match=r"the Python file `own.py` does not exist"):
        bench.fit(body, FRAME)


# --- what a model depends on -----------------------------------------------------------------------------------------


def test_other_columns_and_the_order_of_columns_do_not_matter(
    bench: Bench, iris: pl.DataFrame, iris_features: Sequence[ColumnSpec]
) -> None:
    body = model_body("binary", iris_features, [algorithm("random_forest", "binary")], target=("large", "bool"))
    one = bench.fit(body, iris)
    other = bench.fit(body, iris.select("large", "d", "c", "b", "a").with_columns(extra=pl.lit(1)))
    assert hashlib.sha256(one.data).digest() == hashlib.sha256(other.data).digest()


def test_another_seed_gives_another_forest(
    tmp_path: Path, iris: pl.DataFrame, iris_features: Sequence[ColumnSpec]
) -> None:
    body = model_body("binary", iris_features, [algorithm("random_forest", "binary")], target=("large", "bool"))
    assert Bench(tmp_path, 1).fit(body, iris).data != Bench(tmp_path, 2).fit(body, iris).data


def test_a_missing_column_is_named(bench: Bench, iris: pl.DataFrame, iris_features: Sequence[ColumnSpec]) -> None:
    body = model_body("binary", iris_features, [algorithm("naive_bayes", "binary")], target=("large", "bool"))
    model = bench.fit(body, iris).model
    with pytest.raises(StepFailed, match="the table lacks the column `c`"):
        model.predict_columns(iris.drop("c"))
    with pytest.raises(StepFailed, match="`c` has values that are no float"):
        model.predict_columns(iris.with_columns(c=pl.lit("long")))
    with pytest.raises(StepFailed, match="cannot predict: Input X contains NaN"):
        model.predict_columns(iris.with_columns(c=pl.lit(None, dtype=pl.Float64)))
