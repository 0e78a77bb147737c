"""The SARIF log of `mldsl check --format sarif`: what the standard requires of one, and what code scanning reads."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mldsl.diagnostics.codes import CODES
from mldsl.diagnostics.model import Diagnostic, Edit, Label
from mldsl.diagnostics.render.sarif import document
from mldsl.source import SourceFile, Span
from tests.support.checking import check_text
from tests.support.pages import read_page

FILE = SourceFile("dir/é a.ml", "é日 word { x }\nsecond\n")
WORD = Span(FILE, 3, 7)
# Properties that SARIF 2.1.0 knows, by object; those with `!` it requires. (Sections 3.13 to 3.57 of the standard.)
KNOWN: dict[str, set[str]] = {
    "log": {"$schema", "version!", "runs!"},
    "run": {"tool!", "results", "columnKind"},
    "driver": {"name!", "semanticVersion", "rules"},
    "rule": {"id!", "shortDescription", "fullDescription", "help", "defaultConfiguration"},
    "result": {"ruleId", "ruleIndex", "level", "message!", "locations", "relatedLocations", "fixes"},
    "physicalLocation": {"artifactLocation", "region"},
    "region": {"startLine", "startColumn", "endLine", "endColumn"},
    "fix": {"description", "artifactChanges!"},
    "change": {"artifactLocation!", "replacements!"},
    "replacement": {"deletedRegion!", "insertedContent"},
}


def has(what: str, value: dict[str, Any]) -> dict[str, Any]:
    """The object, which has the properties that it must have and none that the standard does not know."""
    known = KNOWN[what]
    assert {name[:-1] for name in known if name.endswith("!")} <= set(value) <= {name.rstrip("!") for name in known}
    return value


def place(value: dict[str, Any]) -> tuple[int, ...]:
    region = has("region", has("physicalLocation", value)["region"])
    assert set(value["artifactLocation"]) == {"uri"}
    assert 1 <= region["startLine"] <= region["endLine"] and min(region["startColumn"], region["endColumn"]) >= 1
    return region["startLine"], region["startColumn"], region["endLine"], region["endColumn"]


def read(*found: Diagnostic) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The driver and the results of a log that is as the standard wants it."""
    log = has("log", json.loads(json.dumps(document(found, "1.2.3"))))
    assert log["version"] == "2.1.0"
    [run] = log["runs"]
    assert has("run", run)["columnKind"] == "unicodeCodePoints"
    assert set(run["tool"]) == {"driver"}
    driver = has("driver", run["tool"]["driver"])
    for rule in driver["rules"]:
        assert has("rule", rule)["defaultConfiguration"]["level"] in ("error", "warning")
        assert all(rule[part]["text"] for part in ("shortDescription", "fullDescription", "help"))
    assert len({rule["id"] for rule in driver["rules"]}) == len(driver["rules"])
    for result in run["results"]:
        assert driver["rules"][has("result", result)["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning") and result["message"]["text"]
        places = [*result["locations"], *result.get("relatedLocations", ())]
        assert len(result["locations"]) == 1 and all(place(item["physicalLocation"]) for item in places)
        for fix in result.get("fixes", ()):
            for change in has("fix", fix)["artifactChanges"]:
                assert all(has("replacement", item) for item in has("change", change)["replacements"])
    return driver, run["results"]


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
