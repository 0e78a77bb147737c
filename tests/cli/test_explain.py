"""`mldsl explain`."""

from __future__ import annotations

import pytest

from mldsl.cli.main import main
from mldsl.diagnostics.codes import CODES


@pytest.mark.parametrize("code", ["ML201", "ml201"])
def test_it_prints_the_page(capsys, code: str) -> None:
    assert main(["explain", code]) == 0
    out = capsys.readouterr().out
    assert out.startswith("# ML201: an unknown column\n")
    assert "```ml wrong" in out and "```ml right" in out


def test_without_a_code_it_lists_them_all(capsys) -> None:
    assert main(["explain"]) == 0
    header, *rows = capsys.readouterr().out.splitlines()
    assert header.split() == ["CODE", "SEVERITY", "TITLE"]
    assert [row.split()[0] for row in rows] == list(CODES)
    assert next(row for row in rows if row.startswith("ML109")).split(maxsplit=2)[1:] == [
        "warning",
        "declared and never used",
    ]


def test_an_unknown_code_is_wrong_usage(capsys) -> None:
    assert main(["explain", "ML299"]) == 2
    out, err = capsys.readouterr()
    assert (out, "there is no code `ML299`" in err) == ("", True)
