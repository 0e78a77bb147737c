"""The connectors of LANGUAGE.md section 5."""

from __future__ import annotations

import importlib

import pytest

from mldsl.catalog.connectors import CONNECTORS, DATASETS
from mldsl.catalog.vocabulary import TYPE_NAMES

NAMES = "csv parquet json sql table delta sklearn images texts python"


def test_every_connector_of_the_language_is_there() -> None:
    assert set(CONNECTORS) == set(NAMES.split())


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("csv", "path"),
        ("parquet", "path"),
        ("json", "path"),
        ("sql", "connection query"),
        ("table", "connection name"),
        ("delta", "path"),
        ("sklearn", "name"),
        ("images", "glob"),
        ("texts", "glob"),
        ("python", "function"),
    ],
)
def test_positional_arguments(name: str, parameters: str) -> None:
    connector = CONNECTORS[name]
    assert [parameter.name for parameter in connector.parameters] == parameters.split()
    assert all(parameter.required for parameter in connector.parameters)
    assert not any(option.required for option in connector.options)


def test_what_only_a_run_can_read_needs_a_schema() -> None:
    needing = {name for name, connector in CONNECTORS.items() if connector.needs_schema}
    assert needing == {"sql", "table", "delta", "python"}
    reading = {name for name, connector in CONNECTORS.items() if connector.reads_files}
    assert reading == {"csv", "parquet", "json", "images", "texts"}


def test_csv_options() -> None:
    csv = CONNECTORS["csv"]
    assert {"null_values", "format", "delimiter", "encoding"} <= {option.name for option in csv.options}
    assert csv.option("delimiter").default == ","
    assert csv.option("nothing") is None


def test_pictures_and_texts_have_their_folder_as_a_label() -> None:
    for name in ("images", "texts"):
        columns = dict(CONNECTORS[name].fixed)
        assert columns["label"] == "string"
        assert set(columns.values()) <= set(TYPE_NAMES)


def test_batches_can_be_written_to_files_and_tables() -> None:
    assert {name for name, connector in CONNECTORS.items() if connector.writes} == {
        "csv", "parquet", "json", "table", "delta",
    }  # fmt: skip


@pytest.mark.parametrize("name", DATASETS)
def test_data_sets_are_bundled_with_scikit_learn(name: str) -> None:
    """Bundled: its loader needs no network."""
    load = getattr(importlib.import_module("sklearn.datasets"), f"load_{name}")
    assert len(load().data) == DATASETS[name]
