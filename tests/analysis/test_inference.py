"""Sources without a schema: asked of a process of its own, and remembered."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from mldsl.analysis.tables import inference
from mldsl.analysis.tables.inference import Inferred, Uninferred, inferred_schema
from tests.support.checking import analyze_text, columns


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "mldsl" / "schemas"


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """The requests that would have gone to the other process, which answers with two columns."""
    requests: list[dict[str, object]] = []

    def ask(request: dict[str, object]) -> dict[str, object]:
        requests.append(request)
        columns = [{"name": "id", "type": "int", "raw": "id"}, {"name": "city", "type": "string?", "raw": "The City"}]
        return {"columns": columns}

    monkeypatch.setattr(inference, "_ask", ask)
    return requests


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data.csv"
    path.write_text("id,The City\n1,Bonn\n2,\n")
    return path


def infer(path: object) -> object:
    return inferred_schema("csv", {"path": str(path), "null_values": ("NA",)}, files=True)


def test_the_answer_becomes_the_schema(asked: list[dict[str, object]], data: Path) -> None:
    text = f'pipeline test\nsource s = csv("{data}")\n'
    assert columns(text, "s") == ["id: int", "city: string?"]
    program = analyze_text(text).program
    assert program is not None
    source = program.sources["s"]
    assert (source.declared, [column.raw for column in source.schema.columns]) == (False, [None, "The City"])
    assert asked == [{"connector": "csv", "arguments": {"path": str(data)}}]


def test_it_is_asked_once_until_the_file_or_the_arguments_change(asked: list[dict[str, object]], data: Path) -> None:
    infer(data), infer(data)
    assert len(asked) == 1
    os.utime(data, ns=(1, 1))
    infer(data)
    assert len(asked) == 2
    data.write_text("id\n1\n")
    infer(data)
    assert len(asked) == 3
    inferred_schema("csv", {"path": str(data)}, files=True)
    assert len(asked) == 4


def test_every_file_of_a_glob_counts(asked: list[dict[str, object]], data: Path) -> None:
    infer(data.parent / "*.csv")
    (data.parent / "more.csv").write_text("id\n3\n")
    infer(data.parent / "*.csv")
    assert len(asked) == 2


def test_what_is_remembered_is_written_whole(asked: list[dict[str, object]], data: Path, cache: Path) -> None:
    infer(data)
    (kept,) = cache.iterdir()
    assert kept.suffix == ".json"
    assert len(json.loads(kept.read_text())["columns"]) == 2


def test_damaged_memory_is_asked_again(asked: list[dict[str, object]], data: Path, cache: Path) -> None:
    infer(data)
    (kept,) = cache.iterdir()
    for damaged in ("{ half", "[]", '{"columns": [{"name": 3}]}', '{"columns": null}', "[" * 100_000):
        asked.clear()
        kept.write_text(damaged)
        infer(data)
        assert len(asked) == 1


def test_a_cache_that_cannot_be_written_is_fine(
    asked: list[dict[str, object]], data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert not isinstance(infer(data), Uninferred)


def test_no_file_is_no_question(asked: list[dict[str, object]], tmp_path: Path) -> None:
    found = infer(tmp_path / "none*.csv")
    assert isinstance(found, Uninferred)
    assert asked == []


def test_an_error_is_the_reason_and_is_not_remembered(data: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inference, "_ask", lambda request: {"error": "line 3 has 4 fields, not 2"})
    analysis = analyze_text(f'pipeline test\nsource s = csv("{data}")\ntransform t = s {{ derive y = x + 1 }}\n')
    problems = [item.message for item in analysis.diagnostics if item.code == "ML107"]
    assert problems == ["`s` needs a schema: line 3 has 4 fields, not 2"]
    assert not cache.exists()


def test_a_process_that_fails_is_a_reason_too(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    assert infer(data) == Uninferred("the data cannot be read")


def test_the_other_process_gets_the_request_and_its_answer_is_read(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "python"
    script.write_text(
        f"""#!{sys.executable}
import json, pathlib, sys
request = json.load(sys.stdin)
assert sys.argv[1:] == ["-P", "-m", "mldsl.runtime.infer"], sys.argv
with open(request["arguments"]["path"]) as file:
    names = file.readline().strip().split(",")
print(json.dumps({{"columns": [{{"name": name.lower(), "type": "int?", "raw": name}} for name in names]}}))
"""
    )
    script.chmod(0o755)
    monkeypatch.setattr("sys.executable", str(script))
    found = infer(data)
    assert isinstance(found, Inferred)
    assert [(column.name, str(column.type), column.raw) for column in found.schema.columns] == [
        ("id", "int?", None),
        ("the city", "int?", "The City"),
    ]


def test_types_are_read_as_programs_write_them(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = ("bool", "date?", "vector(3)", "vector(8)?", "text", 'enum("a")', "struct")
    answer = {"columns": [{"name": f"c{n}", "type": type_} for n, type_ in enumerate(written)]}
    monkeypatch.setattr(inference, "_ask", lambda request: answer)
    found = infer(data)
    assert isinstance(found, Inferred)
    types = ["bool", "date?", "vector(3)", "vector(8)?", "text", "string", "string"]
    assert [str(column.type) for column in found.schema.columns] == types


def test_two_named_classes_are_a_binary_task() -> None:
    text = 'pipeline p\nsource s = sklearn("breast_cancer")\n'
    assert columns(text, "s")[-1] == 'target: enum("malignant", "benign")'


def test_a_file_in_the_folder_that_is_called_like_a_library_is_not_taken_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data.csv").write_text("id\n1\n")
    (tmp_path / "csv.py").write_text("raise SystemExit('not the library')\n")
    (tmp_path / "polars.py").write_text("raise SystemExit('not the library')\n")
    monkeypatch.delenv("PYTHONPATH", raising=False)  # may name the current folder itself
    monkeypatch.chdir(tmp_path)
    assert columns('pipeline test\nsource s = csv("data.csv")\n', "s") == ["id: int"]


def test_a_real_file_is_really_read(data: Path) -> None:
    assert columns(f'pipeline test\nsource s = csv("{data}")\n', "s") == ["id: int", "The City: string?"]
