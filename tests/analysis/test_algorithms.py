"""Algorithms and their parameters: every row of the catalog for every task, and what is wrong with a use of one."""

from __future__ import annotations

import pytest

from mldsl.analysis.program import ChoiceValue, RangeValue
from mldsl.catalog.algorithms import ALGORITHMS, known_classes, parameters
from mldsl.catalog.constraints import Interval
from tests.support.checking import check_text, found
from tests.support.modelling import GOALS, model, model_of

TUNE = {"regression": "tune { minimize: rmse }", "cluster": "tune { maximize: silhouette }"}


def tune(task: str) -> str:
    return TUNE.get(task, "tune { maximize: balanced_accuracy }")


@pytest.mark.parametrize("name", ALGORITHMS)
def test_an_algorithm_is_fine_for_its_tasks_and_ml404_for_the_others(name):
    for task in GOALS:
        text = model(f"algorithm {name}", task)
        if task in ALGORITHMS[name].classes:
            (use,) = model_of(text).algorithms
            assert use.factory == ALGORITHMS[name].classes[task]
        else:
            assert found(text) == [("ML404", name)], task


@pytest.mark.parametrize("name", ALGORITHMS)
def test_a_mistyped_algorithm_is_ml401_and_the_right_one_is_suggested(name):
    task = next(iter(ALGORITHMS[name].classes))
    wrong = name + "x" if len(name) > 3 else name[:-1] + "xy"
    diagnostics = [item for item in check_text(model(f"algorithm {wrong}", task)) if item.code.startswith("ML4")]
    assert [(item.code, item.span.text) for item in diagnostics] == [("ML401", wrong)]
    if len(name) > 3:
        assert diagnostics[0].help == f"did you mean `{name}`?"


@pytest.mark.parametrize(("name", "task"), [(name, task) for name in ALGORITHMS for task in ALGORITHMS[name].classes])
def test_every_parameter_is_held_against_its_constraints(name, task):
    """A default of the class is fine, an unknown name is ML402, a number beyond the bounds ML403 at either end."""
    entry = ALGORITHMS[name]
    specs = parameters(entry.classes[task])
    assert specs is not None
    assert found(model(f"algorithm {name} {{ no_such_parameter: 1 }}", task)) == [("ML402", "no_such_parameter")]
    for spec in specs.values():
        if entry.why_fixed(spec.name) is not None:
            assert found(model(f"algorithm {name} {{ {spec.name}: 1 }}", task)) == [("ML403", spec.name)]
            continue
        if isinstance(spec.default, (int, float)) and not isinstance(spec.default, bool) and spec.accepts(spec.default):
            written = repr(spec.default)
            assert found(model(f"algorithm {name} {{ {spec.name}: {written} }}", task)) == [], spec.name
        low = next((item.low for item in spec.constraints if isinstance(item, Interval) and item.low is not None), None)
        if low is not None and not spec.accepts(low - 1):
            below, above = repr(low - 1), repr(low + 1)
            assert found(model(f"algorithm {name} {{ {spec.name}: {below} }}", task)) == [("ML403", below)], spec.name
            if spec.accepts(low + 1) and task != "anomaly":
                text = model(f"algorithm {name} {{ {spec.name}: {below}..{above} }}\n{tune(task)}", task)
                assert found(text) == [("ML403", below)], spec.name


@pytest.mark.parametrize(
    ("task", "body", "code", "span"),
    [
        # ML401
        ("binary", "algorithm logistic_regresion", "ML401", "logistic_regresion"),
        ("binary", "algorithm foo", "ML401", "foo"),
        ("binary", "algorithm sklearn.svm.NuSVC", "ML401", "sklearn.svm.NuSVC"),
        ("binary", 'algorithm "sklearn.svm.NuSVCC"', "ML401", '"sklearn.svm.NuSVCC"'),
        ("binary", 'algorithm "random_forest"', "ML401", '"random_forest"'),
        ("binary", 'algorithm "xgboost.XGBoostClassifier"', "ML401", '"xgboost.XGBoostClassifier"'),
        ("binary", 'algorithm forest("x")', "ML401", 'forest("x")'),
        # ML404
        ("binary", 'algorithm "sklearn.svm.SVR"', "ML404", '"sklearn.svm.SVR"'),
        (
            "regression",
            'algorithm "sklearn.preprocessing.StandardScaler"',
            "ML404",
            '"sklearn.preprocessing.StandardScaler"',
        ),
        # ML402
        ("binary", "algorithm logistic_regression { c: 1.0 }", "ML402", "c"),
        ("binary", "algorithm random_forest { n_estimator: 100 }", "ML402", "n_estimator"),
        ("binary", 'algorithm "sklearn.svm.NuSVC" { C: 1.0 }', "ML402", "C"),
        # ML403
        ("binary", "algorithm logistic_regression { C: -1.0 }", "ML403", "-1.0"),
        ("binary", "algorithm random_forest { n_estimators: 10.5 }", "ML403", "10.5"),
        ("binary", "algorithm svm { kernel: rbf }", "ML403", "rbf"),
        ("binary", 'algorithm svm { kernel: "rbff" }', "ML403", '"rbff"'),
        ("binary", "algorithm svm { shrinking: 2 }", "ML403", "2"),
        ("binary", 'algorithm "sklearn.svm.NuSVC" { nu: 1.5 }', "ML403", "1.5"),
        ("binary", "algorithm random_forest { random_state: 3 }", "ML403", "random_state"),
        ("binary", "algorithm random_forest { max_depth: 1, 2 }", "ML403", "1, 2"),
        ("binary", "algorithm mlp { hidden_layer_sizes: 10, wide }", "ML403", "wide"),
        # ranges and choices
        ("binary", "algorithm random_forest { max_depth: 0..8 }\ntune { maximize: f1 }", "ML403", "0"),
        ("binary", "algorithm svm { C: 1.0..-1.0 }\ntune { maximize: f1 }", "ML403", "-1.0"),
        ("binary", "algorithm random_forest { max_depth: 8..2 }\ntune { maximize: f1 }", "ML403", "8..2"),
        ("binary", "algorithm random_forest { max_depth: 2..2 }\ntune { maximize: f1 }", "ML403", "2..2"),
        ("binary", "algorithm svm { tol: 0.1..big }\ntune { maximize: f1 }", "ML403", "big"),
        ("binary", "algorithm svm { coef0: 0.0..1.0 log }\ntune { maximize: f1 }", "ML403", "0.0"),
        ("binary", 'algorithm svm { kernel: choice("rbf", "poli") }\ntune { maximize: f1 }', "ML403", '"poli"'),
        ("binary", "algorithm svm { kernel: choice() }\ntune { maximize: f1 }", "ML204", "choice()"),
        ("binary", "algorithm svm { C: choice(a: 1.0) }\ntune { maximize: f1 }", "ML204", "a: 1.0"),
        # twice
        ("binary", "algorithm svm { C: 1.0; C: 2.0 }", "ML108", "C"),
        # Python files
        ("binary", "algorithm python()", "ML204", "python()"),
        ("binary", "algorithm python(net)", "ML204", "python(net)"),
    ],
)
def test_wrong_algorithms_and_parameters(task, body, code, span):
    assert found(model(body, task)) == [(code, span)]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("C: 2", 2),
        ("C: 50%", 0.5),
        ("C: 0.1..10.0 log", RangeValue(0.1, 10.0, log=True)),
        ("cache_size: 100..200", RangeValue(100, 200, integer=True)),
        ('kernel: choice("rbf", "linear")', ChoiceValue(("rbf", "linear"))),
        ('gamma: "scale"', "scale"),
        ("class_weight: null", None),
        ("shrinking: false", False),
    ],
)
def test_parameters_become_plain_values(body, expected):
    name = body.partition(":")[0]
    search = "\nalgorithm knn\ntune { maximize: f1 }"
    (use, _) = model_of(model(f"algorithm svm {{ {body} }}{search}")).algorithms
    assert use.parameters[name] == expected


def test_a_list_of_values_and_mldsls_own_defaults():
    (use,) = model_of(model("algorithm mlp { hidden_layer_sizes: 20, 10 }")).algorithms
    assert use.parameters == {**ALGORITHMS["mlp"].defaults, "hidden_layer_sizes": (20, 10)}
    (use,) = model_of(model("algorithm logistic_regression { max_iter: 7 }")).algorithms
    assert use.parameters["max_iter"] == 7
    (use,) = model_of(model("algorithm local_outlier_factor", "anomaly")).algorithms
    assert use.parameters["novelty"] is True


@pytest.mark.parametrize("path", ["sklearn.svm.NuSVC", "catboost.CatBoostClassifier"])
def test_a_class_by_its_path(path):
    (use,) = model_of(model(f'algorithm "{path}"')).algorithms
    assert (use.name, use.factory) == (path, path)


def test_every_class_that_the_data_knows_is_taken_or_refused_by_its_tasks():
    for path in known_classes("sklearn"):
        codes = {code for code, _ in found(model(f'algorithm "{path}"'))}
        assert codes <= {"ML404"}, path


def test_a_class_of_a_python_file(tmp_path, monkeypatch):
    (tmp_path / "nets.py").write_text("from base import Base\nclass Net(Base):\n    pass\n")
    monkeypatch.chdir(tmp_path)
    (use,) = model_of(model('algorithm python("nets.py:Net") { depth: 3 }')).algorithms
    assert (use.name, use.factory.path, use.factory.name, use.parameters) == ("Net", "nets.py", "Net", {"depth": 3})
    assert found(model('algorithm python("nets.py:Nett")')) == [("ML101", "Nett")]
    assert found(model('algorithm python("net.py:Net")')) == [("ML111", "net.py")]
    assert found(model('algorithm python("nets.py")')) == [("ML111", '"nets.py"')]
