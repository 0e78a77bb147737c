"""Typed programs made by hand, for tests of what comes after the checker."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from mldsl.analysis.program import (
    ActionDecl,
    AlgorithmUse,
    CheckDecl,
    ChoiceValue,
    DeployDecl,
    Engine,
    EvaluateDecl,
    ExpectationDecl,
    ModelDecl,
    MonitorDecl,
    ParamDecl,
    PrepareRule,
    Program,
    PythonBody,
    PythonFunction,
    RangeValue,
    RequireDecl,
    Resources,
    Schedule,
    Secret,
    Settings,
    SourceDecl,
    SplitDecl,
    SqlBody,
    StepUse,
    Threshold,
    TransformDecl,
    Tune,
    VerbsBody,
)
from mldsl.analysis.typed import (
    Call,
    Column,
    ColumnRef,
    Constant,
    Derive,
    Drift,
    Filter,
    Group,
    Join,
    MaxDifference,
    MetricRef,
    Named,
    Order,
    ParamRef,
    Predict,
    Schema,
    Select,
    Sort,
    TableColumn,
    Take,
    TypedExpr,
    Window,
)
from mldsl.catalog.types import BOOL, DATE, FLOAT, INT, STRING, Type
from mldsl.source import SourceFile, Span

FILE = SourceFile("projects/shop/shop.ml", "\n" * 200)
SHARED = SourceFile("projects/shop/shared/sources.ml", "\n" * 20)

PLAN = Type("enum", values=("basic", "pro"))


def at(line: int, file: SourceFile = FILE) -> Span:
    """The start of a line."""
    return Span(file, line - 1, line)


HERE = at(1)


def columns(**types: Type) -> Schema:
    """A schema without roles."""
    return Schema(tuple(Column(name, type_) for name, type_ in types.items()))


def number(value: float) -> Constant:
    """A number as written."""
    return Constant(INT if isinstance(value, int) else FLOAT, HERE, value)


def column(name: str, type_: Type = FLOAT) -> ColumnRef:
    """A column of the row at hand."""
    return ColumnRef(type_, HERE, name)


def call(function: str, *arguments: TypedExpr, type_: Type = BOOL) -> Call:
    """A catalog function on arguments."""
    return Call(type_, HERE, function, arguments)


def expect(text: str, condition: TypedExpr, otherwise: str = "fail", level: str = "row") -> ExpectationDecl:
    """One `expect` of a check."""
    return ExpectationDecl(text, condition, HERE, level=level, otherwise=otherwise)  # type: ignore[arg-type]


CUSTOMERS = Schema(
    (
        Column("id", STRING, frozenset({"key"})),
        Column("plan", PLAN),
        Column("monthly", FLOAT.with_null(), raw="Monthly Charges"),
        Column("since", DATE),
        Column("churned", BOOL),
    )
)
ORDERS = columns(customer_id=STRING, amount=FLOAT)


def csv_source(name: str, path: str, schema: Schema, line: int = 1, file: SourceFile = FILE) -> SourceDecl:
    """A declared CSV source; `path` as the checker gives it."""
    return SourceDecl(name, None, at(line, file), "csv", {"path": path}, schema, True)


def empty(path: str = FILE.path, **changes: object) -> Program:
    """A program with nothing in it but what `changes` says."""
    program = Program(
        path=path,
        name="shop",
        doc=None,
        profile=None,
        settings=Settings(),
        params={},
        sources={},
        checks=(),
        transforms={},
        splits={},
        models={},
        evaluations=(),
        deployments={},
        monitors={},
        tables={},
    )
    return replace(program, **changes)  # type: ignore[arg-type]


def customers_and_check() -> Program:
    """A source, its two checks (one quarantines) and a transform that reads it."""
    positive = call("greater", column("monthly"), number(0))
    return empty(
        sources={"customers": csv_source("customers", "projects/shop/data/customers.csv", CUSTOMERS, 3)},
        checks=(
            CheckDecl("customers", (expect("monthly > 0", positive, "quarantine"),), None, at(9)),
            CheckDecl(
                "customers", (expect("unique(id)", call("unique", column("id", STRING)), level="table"),), None, at(12)
            ),
        ),
        transforms={
            "paying": TransformDecl(
                "paying", None, at(15), VerbsBody("customers", (Filter(HERE, CUSTOMERS, positive),)), CUSTOMERS
            )
        },
    )


SPEND = columns(customer_id=STRING, orders=INT, total=FLOAT.with_null())
FEATURES = Schema((*CUSTOMERS.columns, Column("total", FLOAT), Column("rank", INT)))
OUTPUTS = (Column("churned_predicted", BOOL), Column("churned_probability", FLOAT))
SCORED = Schema((*FEATURES.columns, *OUTPUTS))


def _tables() -> dict[str, TransformDecl]:
    cutoff = ParamRef(DATE, HERE, "cutoff")
    recent = call("less", column("since", DATE), cutoff)
    sums = (
        ("orders", call("count", type_=INT)),
        ("total", call("sum", column("amount"), type_=FLOAT.with_null())),
    )
    filled = call("coalesce", column("total", FLOAT.with_null()), number(0.0), type_=FLOAT)
    ranked = Window(INT, HERE, "rank", (), ("plan",), (Order("since", descending=True),), None)
    joined = Schema((*CUSTOMERS.columns, Column("orders", INT.with_null()), Column("total", FLOAT.with_null())))
    derived = Schema((*joined.columns, Column("rank", INT)))
    verbs = (
        Filter(HERE, CUSTOMERS, recent),
        Join(HERE, joined, "left", "spend", (("id", "customer_id"),)),
        Derive(HERE, derived, (("total", filled), ("rank", ranked))),
        Select(HERE, FEATURES, FEATURES.names),
        Sort(HERE, FEATURES, (Order("since"),)),
        Take(HERE, FEATURES, 1000),
    )
    grouped = VerbsBody("orders", (Group(HERE, SPEND, ("customer_id",), sums),))
    return {
        "spend": TransformDecl("spend", "What each customer spent.", at(30), grouped, SPEND),
        "features": TransformDecl("features", None, at(40), VerbsBody("customers", verbs), FEATURES),
        "by_sql": TransformDecl(
            "by_sql", None, at(50), SqlBody("select id from {customers}", ("customers",)), columns(id=STRING)
        ),
        "by_hand": TransformDecl(
            "by_hand",
            None,
            at(52),
            PythonBody(
                PythonFunction("projects/shop/steps.py", "clean"),
                (("table", "by_sql"), ("param", "cutoff"), ("value", 3)),
                rowwise=True,
            ),
            columns(id=STRING),
        ),
        "scored": TransformDecl(
            "scored", None, at(90), VerbsBody("features", (Predict(HERE, SCORED, "churn_model"),)), SCORED
        ),
    }


def _model() -> ModelDecl:
    return ModelDecl(
        "churn_model",
        "Who leaves?",
        at(60),
        goal="predict",
        task="binary",
        target=Column("churned", BOOL),
        table="data.train",
        split="data",
        features=(Column("plan", PLAN), Column("monthly", FLOAT.with_null(), raw="Monthly Charges")),
        prepare=(
            PrepareRule(
                ("monthly",), (StepUse("impute", {"with": "median"}), StepUse("scale", {"method": "standard"}))
            ),
            PrepareRule(("plan",), (StepUse("encode", {"method": "onehot"}),), default=True),
        ),
        algorithms=(
            AlgorithmUse(
                "gradient_boosting",
                "sklearn.ensemble.HistGradientBoostingClassifier",
                {"learning_rate": RangeValue(0.01, 0.3, log=True), "max_depth": RangeValue(2, 8, integer=True)},
                HERE,
            ),
            AlgorithmUse("models.py:Net", PythonFunction("projects/shop/models.py", "Net"), {"sizes": (8, 4)}, HERE),
            AlgorithmUse("svm", "sklearn.svm.SVC", {"kernel": ChoiceValue(("rbf", "poly")), "probability": True}, HERE),
        ),
        tune=Tune("roc_auc", True, trials=20, cv=3, timeout=timedelta(minutes=10)),
        classes=(False, True),
        positive=True,
        class_weight="balanced",
        calibrate="isotonic",
        threshold=Threshold(metric="f1"),
        resources=Resources(cpu=2, memory=4 * 2**30),
        outputs=OUTPUTS,
    )


def _evaluations() -> tuple[EvaluateDecl, ...]:
    auc = MetricRef(FLOAT, HERE, "roc_auc")
    good, fair = (call("greater_equal", auc, number(least)) for least in (0.8, 0.7))
    gap = MaxDifference(FLOAT, HERE, "recall", "plan")
    expectations = (
        ExpectationDecl("roc_auc >= 0.8", good, HERE, level="table", confidence=0.95),
        ExpectationDecl("roc_auc >= 0.7", fair, HERE, level="table", each="plan"),
        ExpectationDecl(
            "max_difference(recall, plan) <= 0.1", call("less_equal", gap, number(0.1)), HERE, level="table"
        ),
    )
    name = "churn_model on data.test"
    return (
        EvaluateDecl(name, "churn_model", "data.test", expectations, ("roc_curve",), None, None, None, at(70)),
        EvaluateDecl(name, "churn_model", "data.test", (), (), None, None, "Once more.", at(75)),
    )


def _deployments() -> dict[str, DeployDecl]:
    better = call("greater", MetricRef(FLOAT, HERE, "roc_auc"), MetricRef(FLOAT, HERE, "roc_auc", "champion"))
    requires = (
        RequireDecl("evaluation", Named(BOOL, HERE, "evaluation"), HERE),
        RequireDecl("roc_auc > champion.roc_auc", better, HERE, confidence=0.95),
        RequireDecl('approval("risk")', Named(BOOL, HERE, "approval", "risk"), HERE),
    )
    api = DeployDecl(
        "churn_api",
        None,
        at(80),
        model="churn_model",
        target="endpoint",
        subject="churn",
        requires=requires,
        rollout=((0.1, timedelta(hours=1)), (1.0, None)),
        rollback=call("greater", MetricRef(FLOAT, HERE, "error_rate", "live"), number(0.01)),
        replicas=(2, 10),
        resources=Resources(cpu=2),
    )
    nightly = DeployDecl(
        "nightly",
        None,
        at(85),
        model="churn_model",
        target="batch",
        subject="features",
        requires=requires[:1],
        schedule=Schedule(cron="0 5 * * *", timezone="Europe/Berlin"),
        write_connector="parquet",
        write_arguments={"path": "projects/shop/scores/{run_date}.parquet"},
        columns=("id", "churned_probability"),
    )
    return {"churn_api": api, "nightly": nightly}


def _monitors() -> dict[str, MonitorDecl]:
    drift = call("less_equal", Drift(FLOAT, HERE, ("monthly",), method="psi"), number(0.2))
    later = call("greater_equal", MetricRef(FLOAT, HERE, "roc_auc", "live", timedelta(days=30)), number(0.75))
    watch = MonitorDecl(
        "watch",
        None,
        at(95),
        deployment="churn_api",
        every=timedelta(days=1),
        labels="customers",
        expectations=(expect("drift(monthly) <= 0.2", drift), expect("roc_auc over 30d >= 0.75", later)),
        actions=(ActionDecl("retrain"), ActionDecl("notify", Secret("SLACK"))),
    )
    return {"watch": watch}


def shop() -> Program:
    """Every kind of declaration, most options, two files."""
    references = call("references", column("customer_id", STRING), TableColumn(STRING, HERE, "customers", "id"))
    known = expect("customer_id references customers.id", references, "warn")
    base = customers_and_check()
    return replace(
        base,
        doc="The whole shop.",
        profile="prod",
        settings=_settings(),
        params={"cutoff": ParamDecl("cutoff", "Rows before it count.", at(2), DATE, date(2025, 1, 1))},
        sources={**_shared_sources(), **base.sources},
        checks=(*base.checks, CheckDecl("orders", (known,), None, at(20))),
        transforms=_tables(),
        splits={"data": _split()},
        models={"churn_model": _model()},
        evaluations=_evaluations(),
        deployments=_deployments(),
        monitors=_monitors(),
    )


def _settings() -> Settings:
    return Settings(
        owner="growth",
        schedule=Schedule(cron="0 3 * * *"),
        seed=42,
        retries=2,
        retry_delay=timedelta(seconds=30),
        timeout=timedelta(hours=1),
        tags=("a", "b"),
        artifacts="projects/shop/store",
        engine=Engine("spark", "spark://master:7077"),
        notify=Secret("WEBHOOK"),
    )


def _shared_sources() -> dict[str, SourceDecl]:
    orders = {"path": "projects/shop/shared/orders/*.parquet"}
    stock = {"connection": Secret("WAREHOUSE"), "query": "select 1 as x"}
    return {
        "orders": SourceDecl("orders", None, at(2, SHARED), "parquet", orders, ORDERS, True),
        "stock": SourceDecl("stock", None, at(4, SHARED), "sql", stock, columns(x=INT), True),
    }


def _split() -> SplitDecl:
    return SplitDecl(
        "data",
        None,
        at(55),
        table="features",
        schema=FEATURES,
        shares={"train": 0.6, "validation": 0.2, "test": 0.2},
        key=("id",),
        seed=42,
        stratify="churned",
    )
