"""`deploy` and `monitor`: targets, parts, conditions, actions."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mldsl.analysis.program import ActionDecl, Schedule, Secret
from mldsl.analysis.typed import Call, Drift, MetricRef, Named
from tests.support.checking import found
from tests.support.modelling import model, program_of


def deploy(body: str, target: str = 'endpoint("x")') -> str:
    return model(rest=f"deploy d = m to {target} {{\n{body}\n}}")


def monitor(body: str) -> str:
    return model(rest=f'deploy d = m to endpoint("x")\nmonitor w = d {{\n{body}\n}}')


def test_a_table_that_keeps_all_runs_has_one_column_for_their_dates():
    rest = """\
transform dated = people {{ derive run_date = run_date }}
deploy d = m to batch(dated) {{ write: {write}; columns: id, run_date }}
"""
    assert found(model(rest=rest.format(write='parquet("a.parquet")'))) == []
    for write in ('table(secret("X"), "scores")', 'delta("scores")'):
        assert found(model(rest=rest.format(write=write))) == [("ML206", "id, run_date")]


def test_two_deployments_do_not_write_to_one_place():
    rest = """\
deploy a = m to batch(people) {{ write: {first} }}
deploy b = m to batch(people) {{ write: {second} }}
"""
    for place in ('csv("a.csv")', 'table(secret("X"), "scores")'):
        assert found(model(rest=rest.format(first=place, second=place))) == [("ML111", place)]
    assert found(model(rest=rest.format(first='csv("a.csv")', second='csv("b.csv")'))) == []


def test_a_parameter_may_be_a_part_of_a_name():
    assert "ML109" not in [code for code, _ in found(deploy('write: csv("{floor}.csv")', "batch(people)"))]


@pytest.mark.parametrize(
    ("target", "code", "span"),
    [
        ('endpont("x")', "ML101", "endpont"),
        ('cluster("x")', "ML101", "cluster"),
        ("endpoint(x)", "ML111", "x"),
        ('endpoint("")', "ML111", '""'),
        ("endpoint()", "ML204", "endpoint()"),
        ('registry("a", "b")', "ML204", 'registry("a", "b")'),
        ('registry(name: "a")', "ML204", 'registry(name: "a")'),
        ('batch("people")', "ML111", '"people"'),
        ("batch(peopl)", "ML101", "peopl"),
        ("batch(data)", "ML103", "data"),
        ("batch(m)", "ML103", "m"),
    ],
)
def test_wrong_targets(target, code, span):
    assert found(deploy("", target)) == [(code, span)]


@pytest.mark.parametrize(
    ("target", "body", "code", "span"),
    [
        # options, by target
        ("endpoint", "replica: 3", "ML106", "replica"),
        ("endpoint", "replicas: 0", "ML111", "0"),
        ("endpoint", "replicas: 3..2", "ML111", "3..2"),
        ("endpoint", 'schedule: cron("0 5 * * *")', "ML106", "schedule"),
        ("registry", "columns: id", "ML106", "columns"),
        ("batch", "replicas: 3", "ML106", "replicas"),
        ("batch", 'schedule: cron("0 25 * * *")', "ML111", '"0 25 * * *"'),
        ("batch", 'schedule: cron("0 5 * * *", timezone: "Mars/Base")', "ML111", '"Mars/Base"'),
        ("batch", 'schedule: cron("0 5 * * *", zone: "UTC")', "ML204", "zone"),
        ("batch", 'schedule: cron("0 5 * * *")\nevery: 1d', "ML108", "every"),
        ("batch", "every: 5", "ML111", "5"),
        ("batch", 'write: "x.parquet"', "ML111", '"x.parquet"'),
        ("batch", 'write: parket("x")', "ML101", "parket"),
        ("batch", 'write: sklearn("iris")', "ML101", "sklearn"),
        ("batch", "write: parquet()", "ML107", "parquet()"),
        ("batch", 'write: parquet("out/*.parquet")', "ML111", 'parquet("out/*.parquet")'),
        ("batch", 'write: csv("https://x.org/a.csv")', "ML111", 'csv("https://x.org/a.csv")'),
        ("batch", 'write: csv("{run_dat}.csv")', "ML101", "run_dat"),
        ("batch", 'write: csv("a.csv", encoding: "latin-1")', "ML106", "encoding"),
        ("batch", 'write: csv("a.csv", null_values: "NA")', "ML106", "null_values"),
        ("batch", "columns: id, won_prob", "ML201", "won_prob"),
        ("batch", "columns: id, id", "ML108", "id"),
        # parts, by target
        ("batch", "rollback when error_rate > 1%", "ML106", "rollback"),
        ("registry", "rollout { 10% for 1h; 100% }", "ML106", "rollout"),
        ("registry", "resources { cpu: 1 }", "ML106", "resources"),
        ("endpoint", "rollout { 100% }\nrollout { 100% }", "ML108", "rollout"),
        ("endpoint", "resources { cpu: 1 }\nresources { cpu: 2 }", "ML108", "resources"),
        # requirements
        ("endpoint", "require evaluations", "ML405", "evaluations"),
        ("endpoint", "require approval", "ML204", "approval"),
        ("endpoint", "require approval(team)", "ML204", "approval(team)"),
        ("endpoint", "require roc_auc", "ML208", "roc_auc"),
        ("endpoint", "require rmse < 3", "ML405", "rmse"),
        ("endpoint", "require roc_auc > champion.rocauc", "ML405", "rocauc"),
        ("endpoint", "require f1 > 0.5 with confidence 100%", "ML111", "100%"),
        ("endpoint", "require error_rate < 1%", "ML504", "error_rate"),
        # rollback
        ("endpoint", "rollback when error_rat > 1%", "ML405", "error_rat"),
        ("endpoint", "rollback when roc_auc < 0.5", "ML504", "roc_auc"),
        ("endpoint", "rollback when champion.roc_auc < 0.5", "ML504", "champion.roc_auc"),
        ("endpoint", "rollback when latency_p99 > 200", "ML202", "200"),
        ("endpoint", "rollback when error_rate", "ML208", "error_rate"),
    ],
)
def test_wrong_parts(target, body, code, span):
    targets = {"endpoint": 'endpoint("x")', "batch": "batch(people)", "registry": 'registry("x")'}
    assert found(deploy(body, targets[target])) == [(code, span)]


def test_the_batch_table_has_the_features_and_room_for_the_predictions():
    lacks = model(rest="transform bare = people { select id }\ndeploy d = m to batch(bare) {}")
    assert found(lacks) == [("ML507", "bare")]
    taken = model(rest="transform full = people { derive won_predicted = true }\ndeploy d = m to batch(full) {}")
    assert found(taken) == [("ML206", "full")]


def test_predictions_of_several_classes_have_no_mean():
    text = model(task="multiclass", rest='deploy d = m to endpoint("x") { rollback when prediction_mean < 0.1 }')
    assert found(text) == [("ML405", "prediction_mean")]
    assert found(deploy("rollback when prediction_mean < 0.1")) == []


def test_an_endpoint_in_the_typed_program():
    body = """
        require evaluation
        require roc_auc > champion.roc_auc + 0.005 with confidence 95%
        require approval("risk")
        rollout { 10% for 1h; 100% }
        rollback when error_rate > 1% or latency_p99 > 200ms
        replicas: 2..10
        resources { cpu: 2; memory: 4Gi }
    """
    result = program_of(deploy(body)).deployments["d"]
    assert (result.target, result.subject, result.model, result.replicas) == ("endpoint", "x", "m", (2, 10))
    assert result.rollout == ((0.1, timedelta(hours=1)), (1.0, None))
    evaluation, better, approval = (item.condition for item in result.requires)
    assert isinstance(evaluation, Named) and evaluation.name == "evaluation"
    assert isinstance(approval, Named) and (approval.name, approval.argument) == ("approval", "risk")
    assert isinstance(better, Call) and isinstance(better.arguments[0], MetricRef)
    assert result.requires[1].confidence == 0.95
    assert isinstance(result.rollback, Call) and result.rollback.function == "or"
    assert result.resources.memory == 4 * 2**30


def test_a_batch_in_the_typed_program():
    body = 'schedule: cron("0 5 * * *")\nwrite: parquet("out/{run_date}.parquet")\ncolumns: id, won_probability'
    result = program_of(deploy(body, "batch(people)")).deployments["d"]
    assert (result.subject, result.schedule) == ("people", Schedule("0 5 * * *"))
    assert (result.write_connector, result.write_arguments) == ("parquet", {"path": "out/{run_date}.parquet"})
    assert result.columns == ("id", "won_probability")
    plain = program_of(deploy("every: 1d", "batch(people)")).deployments["d"]
    assert plain.schedule == Schedule(every=timedelta(days=1))
    assert plain.columns == ("id", "won_predicted", "won_probability")


@pytest.mark.parametrize(
    ("body", "code", "span"),
    [
        # options
        ("evry: 1d", "ML106", "evry"),
        ("every: 0s", "ML111", "0s"),
        ("every: 1", "ML111", "1"),
        ("labels: peple", "ML101", "peple"),
        ("labels: m", "ML103", "m"),
        ('labels: "people"', "ML111", '"people"'),
        # drift
        ("expect drift() <= 0.2", "ML204", "drift()"),
        ("expect drift(0.3) <= 0.2", "ML204", "0.3"),
        ("expect drift(agee) <= 0.2", "ML201", "agee"),
        ("expect drift(age, weight) <= 0.2", "ML201", "weight"),
        ("expect drift(won) <= 0.2", "ML201", "won"),
        ("expect drift(age, method: kl) <= 0.2", "ML111", "kl"),
        ("expect drift(age, metod: psi) <= 0.2", "ML204", "metod"),
        ("expect drfit(age) <= 0.2", "ML203", "drfit"),
        ("expect prediction_drift(age) <= 0.2", "ML204", "prediction_drift(age)"),
        # other conditions
        ("expect null_rate(agee) <= 0.2", "ML201", "agee"),
        ("expect mean(age) <= 20", "ML205", "mean"),
        ("expect roc_auc >= 0.5", "ML107", "roc_auc"),
        ("expect rmse over 30d <= 3", "ML405", "rmse"),
        ("expect roc_acu over 30d <= 3", "ML405", "roc_acu"),
        ("expect roc_auc over 0d >= 0.5", "ML111", "0d"),
        ("expect drift(age)", "ML208", "drift(age)"),
        ("expect max_difference(recall, sex) < 0.1", "ML504", "max_difference(recall, sex)"),
        # what belongs elsewhere
        ("expect drift(age) < 0.1 for each plan", "ML106", "plan"),
        ("expect drift(age) < 0.1 with confidence 90%", "ML106", "90%"),
        ("expect drift(age) < 0.1 else warn", "ML106", "warn"),
        # actions
        ("on breach { retrian }", "ML101", "retrian"),
        ("on breach { retrain(1) }", "ML204", "retrain(1)"),
        ("on breach { retrain; retrain }", "ML108", "retrain"),
        ("on breach { notify }", "ML204", "notify"),
        ("on breach { notify(me) }", "ML111", "me"),
        ("on breach { notify(secret(me)) }", "ML111", "me"),
        ("on breach { retrain }\non breach { rollback }", "ML108", "on breach"),
    ],
)
def test_wrong_monitors(body, code, span):
    assert found(monitor(body)) == [(code, span)]


def test_what_a_monitor_watches():
    rest = 'deploy d = m to endpoint("x")\n'
    assert found(model(rest=f"{rest}monitor w = m {{}}")) == [("ML103", "m")]
    assert found(model(rest=f"{rest}monitor w = dd {{}}")) == [("ML101", "dd")]
    blind = f"{rest}transform blind = people {{ drop won }}\nmonitor w = d {{ labels: blind }}"
    assert found(model(rest=blind)) == [("ML201", "blind")]


def test_a_monitor_in_the_typed_program():
    body = """
        every: 6h
        labels: people
        expect drift(numeric) <= 0.2
        expect drift(age, plan, method: psi) <= 0.2
        expect prediction_drift() < 0.1
        expect null_rate(weight) < 1%
        expect roc_auc over 30d >= 0.75
        on breach { retrain; notify("https://example.org/hook"); notify(secret("X")) }
    """
    result = program_of(monitor(body)).monitors["w"]
    assert (result.deployment, result.every, result.labels) == ("d", timedelta(hours=6), "people")
    watched = [item.condition.arguments[0] for item in result.expectations if isinstance(item.condition, Call)]
    groups, named, predictions, nulls, metric = watched
    assert isinstance(groups, Drift) and groups.columns == ("age", "height")
    assert isinstance(named, Drift) and (named.columns, named.method) == (("age", "plan"), "psi")
    assert isinstance(predictions, Drift) and predictions.of_prediction
    assert isinstance(nulls, Call) and nulls.function == "null_rate"
    assert isinstance(metric, MetricRef) and (metric.of, metric.period) == ("live", timedelta(days=30))
    assert result.actions == (
        ActionDecl("retrain"),
        ActionDecl("notify", "https://example.org/hook"),
        ActionDecl("notify", Secret("X")),
    )
    assert program_of(monitor("")).monitors["w"].every == timedelta(days=1)
