"""Imports: relative to their file, read once, and what cannot be read or goes round in a circle."""

from __future__ import annotations

import pytest

from mldsl.analysis.analyze import check
from tests.support.checking import HYGIENE, analyze_text, check_text

SOURCE = 'source s = csv("s.csv") { a: int }\n'
MAIN = 'pipeline test\nimport "lib.ml"\ncheck s { expect a > 0 }\n'


def found(text: str, files: dict[str, str], path: str = "test.ml") -> list[tuple[str, str, str]]:
    """Code, file and text under the carets of every diagnostic."""
    diagnostics = check_text(text, path, files)
    return [(item.code, item.span.file.path, item.span.text) for item in diagnostics if item.code not in HYGIENE]


def test_an_imported_declaration_is_known_and_stands_before_the_main_files():
    text = MAIN + "transform late = early { take 3 }\n"
    files = {"lib.ml": SOURCE + "transform early = s { take 5 }\n"}
    analysis = analyze_text(text, files=files)
    assert analysis.program is not None
    assert list(analysis.program.transforms) == ["early", "late"]
    assert analysis.program.checks[0].table == "s"


def test_paths_are_relative_to_the_file_they_are_written_in():
    files = {"shared/lib.ml": 'import "deep/more.ml"', "shared/deep/more.ml": 'import "../side.ml"'}
    files["shared/side.ml"] = SOURCE
    text = 'pipeline test\nimport "shared/lib.ml"\ncheck s { expect a > 0 }\n'
    analysis = analyze_text(text, files=files)
    assert analysis.program is not None
    assert analysis.program.sources["s"].arguments == {"path": "shared/s.csv"}


def test_a_file_imported_twice_is_brought_in_once():
    text = 'pipeline test\nimport "one.ml"\nimport "two.ml"\nimport "./lib.ml"\ncheck s { expect a > 0 }\n'
    files = {"one.ml": 'import "lib.ml"', "two.ml": 'import "lib.ml"', "lib.ml": SOURCE}
    assert found(text, files) == []


@pytest.mark.parametrize(
    ("text", "files", "expected"),
    [
        # declared twice
        (MAIN + SOURCE, {"lib.ml": SOURCE}, [("ML102", "test.ml", "s")]),
        (MAIN + 'import "b.ml"', {"lib.ml": SOURCE, "b.ml": SOURCE}, [("ML102", "b.ml", "s")]),
        # unreadable
        ('pipeline test\nimport "no.ml"', {}, [("ML105", "test.ml", '"no.ml"')]),
        (MAIN, {"lib.ml": 'import "no.ml"\n' + SOURCE}, [("ML105", "lib.ml", '"no.ml"')]),
        # circles
        ('pipeline test\nimport "test.ml"', {}, [("ML105", "test.ml", '"test.ml"')]),
        (MAIN, {"lib.ml": 'import "test.ml"\n' + SOURCE}, [("ML105", "lib.ml", '"test.ml"')]),
        (MAIN, {"lib.ml": 'import "b.ml"\n' + SOURCE, "b.ml": 'import "lib.ml"'}, [("ML105", "b.ml", '"lib.ml"')]),
        # one pipeline, in the main file
        (MAIN, {"lib.ml": "pipeline other\n" + SOURCE}, [("ML110", "lib.ml", "other")]),
        ('import "lib.ml"\n', {"lib.ml": "pipeline other\n"}, [("ML110", "lib.ml", "other")]),
        # mistakes in an imported file are reported there
        (MAIN, {"lib.ml": SOURCE + "transform t = s { filter b > 1 }"}, [("ML201", "lib.ml", "b")]),
        (MAIN, {"lib.ml": SOURCE + "transform t = s { filter }"}, [("ML001", "lib.ml", "}")]),
    ],
)
def test_wrong_imports(text, files, expected):
    assert found(text, files) == expected


def test_a_circle_is_told_whole():
    files = {"lib.ml": 'import "b.ml"\n' + SOURCE, "b.ml": 'import "c.ml"', "c.ml": 'import "lib.ml"'}
    (diagnostic,) = [item for item in check_text(MAIN, files=files) if item.code == "ML105"]
    assert "`lib.ml` → `b.ml` → `c.ml` → `lib.ml`" in diagnostic.message
    assert [(label.span.file.path, label.span.text) for label in diagnostic.labels] == [
        ("lib.ml", '"b.ml"'),
        ("b.ml", '"c.ml"'),
    ]


def test_names_of_a_file_that_cannot_be_read_are_believed_but_slips_are_not():
    text = 'pipeline test\nimport "no.ml"\n' + SOURCE + "transform t = customers { filter a > limit }\n"
    assert found(text, {}) == [("ML105", "test.ml", '"no.ml"')]
    slip = text.replace("customers", "s").replace("limit", "aa")
    assert [code for code, _, _ in found(slip, {})] == ["ML105", "ML201"]


def test_names_that_a_syntax_error_hides_are_not_unknown():
    files = {"lib.ml": 'source s = { a: int }\nsource u = csv("u.csv") { a: int }\n'}
    text = 'pipeline test\nimport "lib.ml"\ncheck s { expect a > 0 }\ncheck u { expect a > 0 }\n'
    assert [(code, file) for code, file, _ in found(text, files)] == [("ML001", "lib.ml")]
    assert [code for code, _, _ in found(text, {"lib.ml": files["lib.ml"].replace("source u", "source v")})] == [
        "ML101",
        "ML001",
    ]


def test_long_chains_of_imports():
    files = {f"f{index}.ml": f'import "f{index + 1}.ml"' for index in range(2000)} | {"f2000.ml": SOURCE}
    assert found('pipeline test\nimport "f0.ml"\ncheck s { expect a > 0 }\n', files) == []


def test_files_on_disk(tmp_path):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "s.ml").write_text(SOURCE)
    main = tmp_path / "main.ml"
    main.write_text('pipeline test\nimport "lib/s.ml"\nimport "lib"\nimport "lib/t.ml"\ncheck s { expect a > 0 }\n')
    result = [(item.code, item.span.text) for item in check(str(main)).diagnostics]
    assert result == [("ML105", '"lib"'), ("ML105", '"lib/t.ml"')]


@pytest.mark.parametrize("path", ["a\\u{0}b.ml", "x" * 5000, "", "https://example.org/x.ml", "."])
def test_odd_paths(path, tmp_path):
    main = tmp_path / "main.ml"
    main.write_text(f'pipeline test\nimport "{path}"\n')
    assert [item.code for item in check(str(main)).diagnostics] == ["ML105"]
    text = f'pipeline test\nsource s = csv("{path}")\nsource t = python("{path}:f") {{ a: int }}\n'
    assert {code for code, _, _ in found(text, {})} <= {"ML107", "ML111"}
