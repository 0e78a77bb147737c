"""What a model is made of are its training rows alone: other test rows, the same bytes.

A test that cannot fail proves nothing: with a leak planted where no checker looks, the bytes differ.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from mldsl.catalog.types import BOOL, FLOAT
from mldsl.plan.nodes import (
    Bound,
    ColumnSpec,
    Derive,
    Filter,
    Input,
    Plan,
    PythonArgument,
    PythonCode,
    PythonForm,
    SourceBody,
    Step,
    TransformBody,
    VerbsForm,
)
from tests.support.cli import ROOT
from tests.support.expressions import call, col, const, window
from tests.support.guarantee import (
    Trial,
    generated,
    may_change,
    people,
    test_rows,
    traded,
    traded_without_a_key,
    with_other_test_rows,
)

PROGRAMS = range(20)


def in_folder(folder: Path, number: int) -> tuple[Trial, pl.DataFrame]:
    """A generated program with its data."""
    frame = people()
    frame.write_csv(folder / "people.csv")
    program = folder / "trial.ml"
    program.write_text(generated(number))
    return Trial.of(program), frame


@pytest.mark.parametrize("number", PROGRAMS)
def test_other_test_rows_leave_the_model_as_it_is(number: int, tmp_path: Path) -> None:
    trial, frame = in_folder(tmp_path, number)
    before, rows = trial.fitted(), test_rows(trial, frame)
    judged = trial.table("data", "test")
    changed = with_other_test_rows(trial, frame)
    changed.write_csv(tmp_path / "people.csv")
    assert trial.fitted() == before, "the test rows are in the model"
    assert (test_rows(trial, changed) == rows).all(), "the split goes by what did not change"
    assert trial.table("data", "test")["a"].n_unique() == judged.height
    assert not (trial.table("data", "test")["a"] == judged["a"]).any(), "and the test rows did change"


def test_other_training_rows_do_not(tmp_path: Path) -> None:
    trial, frame = in_folder(tmp_path, 0)
    before, rows = trial.fitted(), test_rows(trial, frame)
    frame.with_columns(a=pl.Series(np.where(rows, frame["a"], frame["a"] + 1e-6))).write_csv(tmp_path / "people.csv")
    assert trial.fitted() != before


# --- the examples ----------------------------------------------------------------------------------------------------


def example(name: str, folder: Path) -> Path:
    shutil.copytree(ROOT / "examples" / name, folder / name, ignore=shutil.ignore_patterns(".mldsl", "build"))
    return folder / name / f"{name}.ml"


def read(path: Path) -> pl.DataFrame:
    return pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path, infer_schema=False)


def write(frame: pl.DataFrame, path: Path) -> None:
    frame.write_parquet(path) if path.suffix == ".parquet" else frame.write_csv(path)


# The table whose rows are split and its key there; fewer trials; columns that a check holds together; those that stay.
KEYED: dict[str, tuple[str, str, tuple[str, str], list[list[str]], list[str]]] = {
    "houses": ("ames.parquet", "rownames", ("trials: 5", "trials: 1"),
               [["Year_Built", "Year_Remod_Add", "Year_Sold"]], []),
    "reviews": ("reviews.parquet", "product", ("trials: 4", "trials: 1"), [], []),
    "segments": ("gapminder.csv", "country", ("trials: 5", "trials: 2"), [], ["continent", "year"]),
}  # fmt: skip
BY_HAND = {"churn", "penguins", "flights", "digits"}


def test_the_examples_here_are_all_there_are() -> None:
    assert {path.parent.name for path in ROOT.glob("examples/*/*.ml")} == {*KEYED, *BY_HAND}


@pytest.mark.parametrize("name", KEYED)
def test_examples_with_a_key_do_not_look_at_their_test_rows(name: str, tmp_path: Path) -> None:
    file, key, fewer, together, kept = KEYED[name]
    program = example(name, tmp_path)
    program.write_text(program.read_text().replace(*fewer).replace("20_000", "500"))
    trial, data = Trial.of(program), program.parent / "data" / file
    split, own = trial.step("split").name, trial.split.key[0]
    raw = read(data)
    frame = raw.with_columns(pl.col(key).cast(trial.table(split, "test")[own].dtype).alias(own))
    before, rows = trial.fitted(), test_rows(trial, frame)
    judged = trial.table(split, "test")
    free, _ = may_change(frame, trial.split, rows)
    held = {key, *kept, *(column for block in together for column in block)}
    write(traded(raw, free, [*together, *([column] for column in raw.columns if column not in held)]), data)
    assert trial.fitted() == before
    assert not trial.table(split, "test").equals(judged)


def test_digits_do_not_look_at_their_test_pictures(tmp_path: Path) -> None:
    program = example("digits", tmp_path)
    trial = Trial.of(program)
    before, judged = trial.fitted(), trial.table("data", "test")
    paths = [program.parent / path for path in judged["path"]]
    contents = [path.read_bytes() for path in paths]
    for path, content in zip(paths, [*contents[1:], contents[0]], strict=True):
        path.write_bytes(content)
    assert trial.fitted() == before
    assert not trial.table("data", "test")["image"].equals(judged["image"])
    (program.parent / trial.table("data", "train")["path"][0]).write_bytes(contents[-1])
    assert trial.fitted() != before, "the training pictures are looked at"


def test_flights_do_not_look_at_later_ones(tmp_path: Path) -> None:
    """From the first judged flight on, what became of the flights, and of all that left, is another's."""
    program = example("flights", tmp_path)
    program.write_text(program.read_text().replace("max_iter: 120", "max_iter: 8"))
    trial, folder = Trial.of(program), program.parent / "data"
    before, judged = trial.fitted(), trial.table("data", "test")
    start = judged["due"].dt.replace_time_zone(None).min()
    flights, departures = read(folder / "flights.parquet"), read(folder / "departures.parquet")
    later = (flights["time_hour"].dt.replace_time_zone(None) >= start) & flights["arr_delay"].is_not_null()
    write(
        traded(flights, later.to_numpy(), [["arr_delay"], ["carrier"], ["dest", "distance"]]),
        folder / "flights.parquet",
    )
    left = (departures["departed"].dt.replace_time_zone(None) >= start).to_numpy()
    write(traded(departures, left, [["delay"]]), folder / "departures.parquet")
    assert trial.fitted() == before
    assert not trial.table("data", "test").equals(judged)


def test_churn_does_not_look_at_its_test_rows(tmp_path: Path) -> None:
    program = example("churn", tmp_path)
    program.write_text(program.read_text().replace("trials: 8", "trials: 3"))
    trial, data = Trial.of(program), program.parent / "data" / "customers.csv"
    raw = pl.read_csv(data, infer_schema=False)
    frame = raw.with_columns(id=pl.col("rownames").cast(pl.Int64), churned=pl.col("churn"))
    before, rows = trial.fitted(), test_rows(trial, frame)
    free, _ = may_change(frame, trial.split, rows)
    assert free.sum() > 0.9 * rows.sum()
    # What a check holds against each other moves together, so that no row is set aside that was not before.
    charges = ["tenure", "monthly_charges", "total_charges"]
    single = [[name] for name in raw.columns if name not in ("rownames", *charges)]
    changed = traded(raw, free, [charges, *single])
    changed.write_csv(data)
    judged = trial.table("data", "test")
    assert set(judged["id"]) <= set(frame.filter(rows)["id"]) and not changed.equals(raw)
    assert trial.fitted() == before


def test_penguins_do_not_look_at_their_test_rows(tmp_path: Path) -> None:
    program = example("penguins", tmp_path)
    trial, data = Trial.of(program), program.parent / "data" / "penguins.csv"
    before, judged = trial.fitted(), trial.table("data", "test")
    frame = trial.table("penguins", "table")
    rows = frame.with_row_index().join(judged, on=frame.columns, how="semi", nulls_equal=True)["index"].to_numpy()
    in_test = np.isin(np.arange(frame.height), rows)
    free, first = may_change(frame, trial.split, in_test)
    changed = traded_without_a_key(frame, trial.split, free, first, [[name] for name in frame.columns])
    changed.write_csv(data)
    assert trial.fitted() == before
    assert trial.table("data", "test").join(judged, on=frame.columns, how="anti", nulls_equal=True).height > 30


# --- leaks behind the checker's back ---------------------------------------------------------------------------------


def edited(plan: Plan, name: str, change: Callable[[Step], Step], *more: Step) -> Plan:
    """The plan with one kind of step changed, and `more` right behind the source."""
    steps = [change(step) if step.kind == name else step for step in plan.steps]
    return replace(plan, steps=(steps[0], *more, *steps[1:]))


def reads(step: Step, **inputs: Input) -> Step:
    """The step with other inputs, by the last word of their names."""
    found = {name: inputs.get(name.split(".")[-1], given) for name, given in step.inputs.items()}
    return replace(step, inputs=found)


def fitted_on_all(plan: Plan) -> Plan:
    return edited(plan, "model", lambda step: reads(step, train=Input(step="source:people", output="table")))


def decided_on_the_test_part(plan: Plan) -> Plan:
    return edited(plan, "model", lambda step: reads(step, validation=Input(step="split:data", output="test")))


def mixed(plan: Plan, action: VerbsForm | PythonForm) -> Plan:
    """Before the split a step that looks at all rows."""
    source = plan.steps[0].body
    assert isinstance(source, SourceBody)
    columns = tuple(ColumnSpec(name=item.name, type=item.type, roles=item.roles) for item in source.columns)
    step = Step(
        id="transform:mixed", kind="transform", name="mixed", location="trial.ml:1:1",
        inputs={"people": Input(step="source:people", output="table")},
        body=TransformBody(action=action, columns=columns),
    )  # fmt: skip
    behind = Input(step="transform:mixed", output="table")
    return edited(plan, "split", lambda found: reads(found, people=behind), step)


def centred_over_all(plan: Plan) -> Plan:
    """What `prepare` does, done before the split: `a` less its mean over all rows."""
    a = col("a", FLOAT)
    value = call("subtract", a, window("mean", a))
    return mixed(plan, VerbsForm(table="people", verbs=(Derive(bindings=(Bound(name="a", value=value),)),)))


def rates_of_all(plan: Plan) -> Plan:
    """`a` becomes the rate of `won` in the row's city, over all rows: encoding by the target, done before the split."""
    won = call("float", call("int", col("won", BOOL)))
    rate = call("coalesce", window("mean", won, partition=("city",)), col("a", FLOAT))
    return mixed(plan, VerbsForm(table="people", verbs=(Derive(bindings=(Bound(name="a", value=rate),)),)))


def chosen_over_all(plan: Plan) -> Plan:
    """Only rows that are no outliers among all rows."""
    a = col("a", FLOAT)
    usual = call("less_equal", call("subtract", a, window("median", a)), const(1.0))
    return mixed(plan, VerbsForm(table="people", verbs=(Filter(condition=usual),)))


def looking_ahead(plan: Plan) -> Plan:
    """`a` becomes that of the 60th next row in time: of a test row, at the end, even beyond a validation part."""
    ahead = window("lead", col("a", FLOAT), const(60), order=("day", "id"))
    value = call("coalesce", ahead, col("a", FLOAT))
    return mixed(plan, VerbsForm(table="people", verbs=(Derive(bindings=(Bound(name="a", value=value),)),)))


def mixed_by_python(plan: Plan) -> Plan:
    table = PythonArgument(kind="table", value="people")
    return mixed(plan, PythonForm(function=PythonCode(path="mix.py", name="mix"), arguments=(table,)))


def copied(plan: Plan) -> Plan:
    """Each row twice, under two keys and with another `n`, which a run does not see: test rows are learned from."""
    table = PythonArgument(kind="table", value="people")
    return mixed(plan, PythonForm(function=PythonCode(path="mix.py", name="twice"), arguments=(table,)))


def told_by_the_target(plan: Plan) -> Plan:
    """`a` becomes the target of its own row."""
    value = call("float", call("int", col("won", BOOL)))
    return mixed(plan, VerbsForm(table="people", verbs=(Derive(bindings=(Bound(name="a", value=value),)),)))


MIX = """\
import pandas


def twice(people):
    return pandas.concat([people, people.assign(id=people["id"] + 1000, n=people["n"] + 1)])


def mix(people):
    people["city"] = people["city"].where(people.groupby("city")["won"].transform("mean") > 0.5, "other")
    return people
"""
LEAKS = (fitted_on_all, centred_over_all, mixed_by_python)
BY_TIME = [number for number in PROGRAMS if "time: day" in generated(number)]


TRIED = [
    *((leak, number) for leak in LEAKS for number in (0, 2, 5, 9, 12)),
    *((leak, 0) for leak in (rates_of_all, chosen_over_all, copied)),
]


@pytest.mark.parametrize(("leak", "number"), TRIED)
def test_a_planted_leak_is_seen(leak: Callable[[Plan], Plan], number: int, tmp_path: Path) -> None:
    clean, frame = in_folder(tmp_path, number)
    (tmp_path / "mix.py").write_text(MIX)
    trial = replace(clean, plan=leak(clean.plan))
    before = trial.fitted()
    changed = with_other_test_rows(clean, frame)
    changed.write_csv(tmp_path / "people.csv")
    assert trial.fitted() != before
    assert (test_rows(clean, changed) == test_rows(clean, frame)).all()


def test_no_feature_of_a_test_row_is_made_of_its_target(tmp_path: Path) -> None:
    """Other targets in the test rows, the same features; and a feature that is made of the target is seen."""
    clean, frame = in_folder(tmp_path, 0)
    leaking = replace(clean, plan=told_by_the_target(clean.plan))
    before = [trial.table("data", "test").drop("won").sort("id") for trial in (clean, leaking)]
    rows = test_rows(clean, frame)
    frame.with_columns(won=pl.Series(np.where(rows, ~frame["won"].to_numpy(), frame["won"]))).write_csv(
        tmp_path / "people.csv"
    )
    after = [trial.table("data", "test").drop("won").sort("id") for trial in (clean, leaking)]
    assert after[0].equals(before[0])
    assert not after[1].equals(before[1])


@pytest.mark.parametrize("number", BY_TIME)
def test_a_look_ahead_is_seen_where_the_split_is_by_time(number: int, tmp_path: Path) -> None:
    clean, frame = in_folder(tmp_path, number)
    assert clean.split.time == "day"
    trial = replace(clean, plan=looking_ahead(clean.plan))
    before = trial.fitted()
    with_other_test_rows(clean, frame).write_csv(tmp_path / "people.csv")
    assert trial.fitted() != before


DECISIONS = {
    "threshold": "algorithm naive_bayes; threshold: maximize(f1)",
    "calibration": "algorithm naive_bayes; calibrate: sigmoid",
    "early stopping": "algorithm gradient_boosting { max_iter: 60; learning_rate: 0.5; early_stopping: true }",
}


@pytest.mark.parametrize("what", DECISIONS)
def test_a_decision_made_on_the_test_part_is_seen(what: str, tmp_path: Path) -> None:
    frame = people()
    frame.write_csv(tmp_path / "people.csv")
    program = tmp_path / "trial.ml"
    head = generated(0).split("split data")[0]
    split = "split data = people { train: 50%; validation: 20%; test: 30% }\n"
    model = f"model m = predict won from data {{ features: a, b, n, area; {DECISIONS[what]} }}\n"
    program.write_text(head + split + model)
    clean = Trial.of(program)
    leaking = replace(clean, plan=decided_on_the_test_part(clean.plan))
    before = [trial.fitted() for trial in (clean, leaking)]
    with_other_test_rows(clean, frame).write_csv(tmp_path / "people.csv")
    after = [trial.fitted() for trial in (clean, leaking)]
    assert after[0] == before[0]
    assert after[1] != before[1]


def test_the_generated_programs_have_all_that_learns() -> None:
    """A change of the generator cannot leave a kind of learning out unseen."""
    texts = [generated(number) for number in PROGRAMS]
    splits = ("stratify: won", "stratify: area", "group: house", "time: day", "validation: 20%")
    learning = ("encode(target)", "tfidf", "embed", "pca", "select(", "tune", "svm", "random_forest")
    decisions = ("threshold:", "calibrate: sigmoid", "calibrate: isotonic", "early_stopping: true")
    for word in (*splits, *learning, *decisions, "predict rank", "predict price"):
        assert any(word in text for text in texts), word
    assert sum(text.count("  algorithm ") > 1 for text in texts) > 3
