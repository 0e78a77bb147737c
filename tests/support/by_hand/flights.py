"""`examples/flights` by hand."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import brier_score_loss, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, TargetEncoder

WEATHER = ["temp", "humid", "wind_speed", "wind_gust", "precip", "pressure", "visib"]


def flight_features(data: Path) -> pd.DataFrame:
    """The columns of the transform `features`."""
    flights = pd.read_parquet(data / "flights.parquet")
    flights["due"] = flights["time_hour"] + pd.to_timedelta(flights["minute"], unit="min")
    flights["now"] = flights["due"] - pd.Timedelta(hours=1)
    flights["weekday"] = flights["due"].dt.day_of_week + 1
    flights = flights.sort_values("due", kind="stable")
    flights["last_time"] = flights.groupby(["carrier", "flight", "origin"])["arr_delay"].shift()
    flights = flights.dropna(subset="arr_delay").sort_values("now", kind="stable")
    table = pd.merge_asof(flights, _weather(data), left_on="now", right_on="observed", by="origin")
    table = pd.merge_asof(table, _queue(data), left_on="now", right_on="departed", by="origin")
    planes = pd.read_csv(data / "planes.csv").set_index("tailnum")[["year", "engines", "seats"]]
    table = table.join(planes.rename(columns={"year": "built"}), on="tailnum")
    table["age"], table["due"] = 2013 - table["built"], table["due"].dt.tz_localize("UTC")
    table["is_late"] = table["arr_delay"] >= 15
    wanted = ["due", "hour", "carrier", "origin", "dest", "distance", "weekday", "last_time", *WEATHER, "queue"]
    return table[[*wanted, "engines", "seats", "age", "is_late"]]


def _weather(data: Path) -> pd.DataFrame:
    table = pd.read_csv(data / "weather.csv", parse_dates=["time_hour"])
    table["observed"] = table["time_hour"].dt.tz_localize(None).astype("datetime64[us]")
    fit = table["humid"].isna() | table["humid"].between(0, 100)
    fit &= table["wind_speed"].isna() | (table["wind_speed"] < 200)
    return table[fit].sort_values("observed")[["origin", "observed", *WEATHER]]


def _queue(data: Path) -> pd.DataFrame:
    log = pd.read_parquet(data / "departures.parquet").sort_values(["departed", "delay"], kind="stable")
    last = log.groupby("origin")["delay"].rolling(20, min_periods=1).mean()
    return log.assign(queue=last.droplevel(0))[["origin", "departed", "queue"]]


def flight_scores(table: pd.DataFrame, last: pd.Timestamp) -> dict[str, float]:
    """Train on the flights up to that moment and judge on those after it."""
    past = table["due"] <= last
    numbers = [name for name in table if name not in ("due", "carrier", "origin", "dest", "is_late")]
    prepare = make_column_transformer(
        (TargetEncoder(), ["dest", "carrier"]),
        (OneHotEncoder(sparse_output=False), ["origin"]),
        ("passthrough", numbers),
    )
    learner = HistGradientBoostingClassifier(
        learning_rate=0.08, max_leaf_nodes=16, max_iter=120, early_stopping=False, random_state=0
    )
    model = make_pipeline(prepare, learner).fit(table[past], table[past]["is_late"])
    chances, truth = model.predict_proba(table[~past])[:, 1], table[~past]["is_late"]
    return {"roc_auc": roc_auc_score(truth, chances), "brier": brier_score_loss(truth, chances)}
