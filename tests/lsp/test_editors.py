"""What editors use beside the server: the extension's files, the patterns for colours, the lexer for Pygments."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from mldsl.catalog.vocabulary import ROLES, TYPE_NAMES
from tests.support.cli import ROOT
from tests.support.editor import SHOP

EXTENSION = ROOT / "grammar" / "editors" / "vscode"
OCAML = """\
(* a pipeline of functions *)
open Printf
let pipeline = [1; 2]
let source x = print_endline x
"""


def _json(name: str) -> dict:
    return json.loads((EXTENSION / name).read_text(encoding="utf-8"))


def _patterns() -> dict:
    return _json("syntaxes/mldsl.tmLanguage.json")


def test_the_extension_names_files_that_are_there():
    package = _json("package.json")
    (language,) = package["contributes"]["languages"]
    (grammar,) = package["contributes"]["grammars"]
    for name in (package["main"], language["configuration"], grammar["path"], "detect.js", "README.md"):
        assert (EXTENSION / name).is_file(), name
    assert _patterns()["scopeName"] == grammar["scopeName"]


def test_it_claims_no_ending_but_a_first_line():
    (language,) = _json("package.json")["contributes"]["languages"]
    assert "extensions" not in language
    first = re.compile(language["firstLine"])
    assert first.search("pipeline churn {")
    assert first.search("pipeline `my shop` {")
    assert not first.search("let pipeline = {")


def _every(node: object):
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from _every(value)
    elif isinstance(node, list):
        for value in node:
            yield from _every(value)


def test_the_patterns_for_colours_are_whole():
    grammar = _patterns()
    names = set(grammar["repository"])
    for node in _every(grammar):
        for key in ("match", "begin", "end"):
            if isinstance(node.get(key), str):
                re.compile(node[key])
        if str(node.get("include", "")).startswith("#"):
            assert node["include"][1:] in names
    text = json.dumps(grammar)
    for word in (*ROLES, *TYPE_NAMES):
        assert re.search(rf"\b{word}\b", text), word


def _keywords() -> set[str]:
    """The words that the language's grammar asks for."""
    rules = (ROOT / "grammar" / "mldsl.lark").read_text(encoding="utf-8").split("// --- literals and names")[0]
    rules = "\n".join(line.partition("//")[0] for line in rules.splitlines())
    return set(re.findall(r'"([a-z]+)"', rules))


def test_every_keyword_of_the_language_has_a_colour():
    texts = (json.dumps(_patterns()), (ROOT / "mldsl" / "pygments.py").read_text(encoding="utf-8"))
    for text in texts:
        missing = {word for word in _keywords() if not re.search(rf"(?<![a-z]){word}(?![a-z])", text)}
        assert missing == set()


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (SHOP, True),
        ('# shared\nsource a = csv("a.csv") {\n  x: int\n}\n', True),
        ("pipeline größe {", True),
        ("", False),
        ("hello", False),
        (OCAML, False),
        ("let x = 1\n", False),
        ("module M = struct\nend\n", False),
        ('transform t = sql("""\nlet x\n""")\n', True),
    ],
)
def test_a_file_is_mldsls_by_its_text(text, expected):
    script = "const {isMldsl} = require(process.argv[1]); console.log(isMldsl(require('fs').readFileSync(0, 'utf8')))"
    done = subprocess.run(
        ["node", "-e", script, str(EXTENSION / "detect.js")],
        input=text,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.stdout.strip() == str(expected).lower(), done.stderr


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
@pytest.mark.parametrize("name", ["extension.js", "detect.js"])
def test_the_scripts_are_javascript(name):
    done = subprocess.run(["node", "--check", str(EXTENSION / name)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def _tokens(text: str) -> list[tuple[str, str]]:
    pytest.importorskip("pygments")
    from mldsl.pygments import MldslLexer

    return [(str(kind).removeprefix("Token."), value) for kind, value in MldslLexer().get_tokens(text)]


@pytest.mark.parametrize("path", sorted(ROOT.glob("examples/*/*.ml")), ids=lambda path: path.stem)
def test_pygments_knows_every_sign_of_the_examples(path: Path):
    text = path.read_text(encoding="utf-8")
    found = _tokens(text)
    assert "".join(value for _, value in found) == text
    assert [value for kind, value in found if kind == "Error"] == []


def test_pygments_tells_words_apart():
    text = """\
## Läuft
pipeline p { seed: 1 }
source a = csv("a.csv") { filter: int? key from "F"; x: float }
transform t = a {
  left join b on id == b.id
  filter filter > 5% and x in (1, 2)
  group by x { n = count() }
}
check a { expect x > 0 for at least 90% else warn }
"""
    found = [item for item in _tokens(text) if item[1].strip()]
    assert ("Comment.Special", "## Läuft") in found
    assert [kind for kind, value in found if value == "filter"] == ["Name.Attribute", "Keyword", "Name"]
    for expected in (
        ("Keyword.Declaration", "transform"),
        ("Name.Class", "t"),
        ("Keyword", "left join"),
        ("Keyword", "group by"),
        ("Keyword", "expect"),
        ("Keyword", "for at least"),
        ("Keyword.Type", "int"),
        ("Name.Decorator", "key"),
        ("Name.Function", "count"),
        ("Literal.Number", "5%"),
        ("Operator.Word", "in"),
    ):
        assert expected in found, expected


def test_pygments_guesses_by_the_text():
    pytest.importorskip("pygments")
    from mldsl.pygments import MldslLexer

    assert MldslLexer.analyse_text(SHOP) > 0.5
    assert MldslLexer.analyse_text(OCAML) == 0.0
