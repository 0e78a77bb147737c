"""The grammar has no conflicts; its saved table is what lark makes of it, and saves the time of making it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mldsl.syntax import build_table
from mldsl.syntax import table as tables
from mldsl.syntax.grammar import grammar_path, grammar_text
from mldsl.syntax.lowering import declarations, expressions, statements

ROOT = Path(tables.__file__).parent.parent.parent


def test_the_grammar_has_no_hidden_conflicts() -> None:
    from lark.parsers.lalr_analysis import LALR_Analyzer

    compiled = build_table.make_lark(grammar_text())
    analyzer = LALR_Analyzer(compiled.parser.parser_conf, strict=True)
    analyzer.compute_lalr()  # raises at the first conflict
    assert len(analyzer.parse_table.states) > 100


def test_the_check_for_conflicts_finds_one() -> None:
    from lark.exceptions import GrammarError
    from lark.parsers.lalr_analysis import LALR_Analyzer

    ambiguous = grammar_text().replace("?conjunction: negation\n", "?conjunction: negation | conjunction OR negation\n")
    compiled = build_table.make_lark(ambiguous)
    with pytest.raises(GrammarError):
        LALR_Analyzer(compiled.parser.parser_conf, strict=True).compute_lalr()


def test_every_rule_has_its_lowering_and_every_lowering_its_rule() -> None:
    made = {production.action for production in build_table.build_table(grammar_text()).productions} - {None}
    tables_of_actions = (expressions.ACTIONS, statements.ACTIONS, declarations.ACTIONS)
    assert made == set().union(*tables_of_actions)
    assert sum(map(len, tables_of_actions)) == len(made)


def test_a_saved_table_is_the_built_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "saved.json"
    build_table.save_table(path)
    monkeypatch.setattr(tables, "SAVED", path)
    monkeypatch.setattr(build_table, "build_table", lambda text: pytest.fail("the saved table was not used"))
    loaded = tables.load_table()
    monkeypatch.undo()
    assert loaded == build_table.build_table(grammar_text())


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"format": 1}', None])
def test_a_table_that_does_not_fit_is_built_anew(
    damage: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "saved.json"
    if damage is None:
        build_table.save_table(path)
        data = json.loads(path.read_text())
        path.write_text(json.dumps(data | {"grammar": "of another version", "states": []}))
    else:
        path.write_text(damage)
    monkeypatch.setattr(tables, "SAVED", path)
    assert len(tables.load_table().states) > 100


def run(code: str, **environment: str) -> str:
    variables = os.environ | {"PYTHONPATH": str(ROOT)} | environment
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=variables, check=True)
    return done.stdout.strip()


def test_the_table_is_the_same_in_every_run(tmp_path: Path) -> None:
    code = "import sys, pathlib, mldsl.syntax.build_table as t; t.save_table(pathlib.Path(sys.argv[0] or {!r}))"
    found = set()
    for seed in ("1", "2"):
        path = tmp_path / f"{seed}.json"
        run(code.replace("sys.argv[0] or ", "").format(str(path)), PYTHONHASHSEED=seed)
        found.add(path.read_bytes())
    assert len(found) == 1


def test_reading_a_program_needs_lark_only_without_a_saved_table(tmp_path: Path) -> None:
    path = tmp_path / "saved.json"
    build_table.save_table(path)
    code = f"""
import sys, pathlib
import mldsl.syntax.table as tables
tables.SAVED = pathlib.Path({str(path)!r})
from mldsl.syntax.parser import parse
from mldsl.source import SourceFile
assert parse(SourceFile("a", "pipeline p")).diagnostics == ()
heavy = {{"lark", "hypothesis", "pydantic", "networkx", "sqlglot", "rich", "pandas", "polars", "numpy", "sklearn"}}
print(sorted(heavy & set(sys.modules)))
"""
    assert run(code) == "[]"


def test_the_grammar_is_found_in_the_checkout() -> None:
    assert grammar_path().name == "mldsl.lark"
    assert grammar_path().is_file()
