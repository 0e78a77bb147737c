"""CSV sources: what is read, and what people are told about what is not."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mldsl.catalog.types import BOOL, DATE, DATETIME, DURATION, FLOAT, INT, STRING, Type
from mldsl.plan.nodes import ColumnSpec, SourceBody
from tests.support.expressions import enum, nullable
from tests.support.steps import Bench, specs


def source(columns: dict[str, Type], path: str = "data.csv", **options: object) -> SourceBody:
    return SourceBody(connector="csv", arguments={"path": path, **options}, columns=specs(columns))  # type: ignore[arg-type]


def read(folder: Path, text: str | bytes, columns: dict[str, Type], **options: object) -> pl.DataFrame:
    write(folder, text)
    bench = Bench(folder)
    return bench.output(bench.run(source(columns, **options), "customers"))


def failure(folder: Path, text: str | bytes, columns: dict[str, Type], **options: object) -> tuple[str, str | None]:
    write(folder, text)
    outcome = Bench(folder).run(source(columns, **options), "customers")
    assert outcome.state == "failed" and outcome.error is not None
    assert outcome.error.exit_status == 4
    assert outcome.error.traceback is None, outcome.error
    return outcome.error.message, outcome.error.help


def write(folder: Path, text: str | bytes, name: str = "data.csv") -> None:
    (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)


def test_every_type(tmp_path: Path) -> None:
    text = (
        "id,ok,n,x,day,moment,kind,length,note\n"
        "a,true,1,1.5,2024-02-29,2024-02-29T10:00:00,small,1h30m,hello\n"
        "b,NO, -7 ,NaN,1969-12-31,1969-12-31 23:59:59.5,large,500ms,\n"
        'c,1,+3,1e3,2000-01-01,2000-01-01T00:00:00+02:00,small,2w,"x, ""y""\nz"\n'
    )
    kind = enum("small", "large")
    found = read(
        tmp_path,
        text,
        {
            "id": STRING, "ok": BOOL, "n": INT, "x": nullable(FLOAT), "day": DATE, "moment": DATETIME, "kind": kind,
            "length": DURATION, "note": nullable(Type("text")),
        },
    )  # fmt: skip
    assert found["id"].to_list() == ["a", "b", "c"]
    assert found["ok"].to_list() == [True, False, True]
    assert found["n"].to_list() == [1, -7, 3]
    assert found["x"].to_list() == [1.5, None, 1000.0]
    assert found["day"].to_list() == [date(2024, 2, 29), date(1969, 12, 31), date(2000, 1, 1)]
    assert found["moment"].dt.replace_time_zone(None).to_list() == [
        datetime(2024, 2, 29, 10), datetime(1969, 12, 31, 23, 59, 59, 500000), datetime(1999, 12, 31, 22),
    ]  # fmt: skip
    assert found["kind"].dtype == pl.Enum(["small", "large"])
    assert found["length"].to_list() == [
        timedelta(hours=1, minutes=30),
        timedelta(milliseconds=500),
        timedelta(weeks=2),
    ]
    assert found["note"].to_list() == ["hello", None, 'x, "y"\nz']
    assert found.schema["moment"] == pl.Datetime("us", "UTC")
    assert found.schema["n"] == pl.Int64


def test_only_the_listed_columns_in_the_schemas_order(tmp_path: Path) -> None:
    found = read(tmp_path, "a,b,c\n1,x,2\n", {"c": INT, "a": INT})
    assert found.columns == ["c", "a"]


def test_raw_names(tmp_path: Path) -> None:
    write(tmp_path, "Customer ID,Monthly Charges\n7,1.5\n")
    columns = (
        ColumnSpec(name="id", type=INT, raw="Customer ID"),
        ColumnSpec(name="m", type=FLOAT, raw="Monthly Charges"),
    )
    bench = Bench(tmp_path)
    body = SourceBody(connector="csv", arguments={"path": "data.csv"}, columns=columns)
    assert bench.output(bench.run(body, "customers")).rows() == [(7, 1.5)]


def test_empty_fields_and_null_values_are_null(tmp_path: Path) -> None:
    columns = {"s": nullable(STRING), "n": nullable(INT)}
    found = read(tmp_path, 's,n\n,\n"",""\nn/a,-\nx,1\n', columns, null_values=("n/a", "-"))
    assert found.rows() == [(None, None), (None, None), (None, None), ("x", 1)]
    assert read(tmp_path, "s,n\nnone,none\n", columns, null_values="none").rows() == [(None, None)]


def test_delimiter_quote_decimal_and_format(tmp_path: Path) -> None:
    text = "s;x;d;t\n'a;b';1,5;31.01.2024;31.01.2024 10:30\nc;-0,25;01.02.2024;01.02.2024 00:00\n"
    columns = {"s": STRING, "x": FLOAT, "d": DATE}
    found = read(tmp_path, text, columns, delimiter=";", quote="'", decimal=",", format="%d.%m.%Y")
    assert found.rows() == [("a;b", 1.5, date(2024, 1, 31)), ("c", -0.25, date(2024, 2, 1))]
    found = read(tmp_path, text, {"t": DATETIME}, delimiter=";", quote="'", format="%d.%m.%Y %H:%M")
    assert found["t"].dt.replace_time_zone(None).to_list() == [datetime(2024, 1, 31, 10, 30), datetime(2024, 2, 1)]


def test_a_decimal_point_beside_a_decimal_comma_does_not_fit(tmp_path: Path) -> None:
    message, _ = failure(tmp_path, 'x\n"1.234,5"\n', {"x": FLOAT}, delimiter=";", decimal=",")
    assert '`x` is not a float in 1 of 1 rows of `data.csv`: row 1 ("1.234,5")' in message


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        ("s\né\n".encode("latin-1"), "latin-1"),
        ("s\né\n".encode("utf-16"), "utf-16"),
        (b"\xef\xbb\xbfs\n\xc3\xa9\n", "utf-8"),
        ("s\r\né\r\n".encode(), "utf-8"),
        ("s\ré\r".encode(), "utf-8"),
        ("s\né".encode(), "UTF8"),
    ],
)
def test_encodings_and_line_ends(tmp_path: Path, data: bytes, encoding: str) -> None:
    assert read(tmp_path, data, {"s": STRING}, encoding=encoding)["s"].to_list() == ["é"]


def test_blank_lines_do_not_count(tmp_path: Path) -> None:
    assert read(tmp_path, "a,b\n1,x\n\n2,y\n\n\n", {"a": INT, "b": STRING}).rows() == [(1, "x"), (2, "y")]
    assert read(tmp_path, 'a,b\n1,"x\n\ny"\n\n2,y\n', {"a": INT, "b": STRING}).rows() == [(1, "x\n\ny"), (2, "y")]
    assert read(tmp_path, "\n\na\n\n1\n\n2\n", {"a": INT})["a"].to_list() == [1, 2]
    assert read(tmp_path, 'a\n1\n""\n2\n', {"a": nullable(INT)})["a"].to_list() == [1, None, 2]
    assert read(tmp_path, "a,b\n,\n\n1,\n", {"a": nullable(INT)})["a"].to_list() == [None, 1]
    assert read(tmp_path, "a,b\r\n1,x\r\n\r\n2,y\r\n", {"a": INT}).rows() == [(1,), (2,)]


def test_a_header_alone_is_an_empty_table(tmp_path: Path) -> None:
    found = read(tmp_path, "a,b\n", {"a": INT, "b": STRING})
    assert found.height == 0 and found.schema == {"a": pl.Int64, "b": pl.String}


def test_globs_read_files_by_name_whatever_the_order_of_their_columns(tmp_path: Path) -> None:
    write(tmp_path, "a,b\n1,x\n", "part-1.csv")
    write(tmp_path, "b,a\nz,3\n", "part-3.csv")
    write(tmp_path, "a,b,c\n2,y,0\n", "part-2.csv")
    bench = Bench(tmp_path)
    found = bench.output(bench.run(source({"a": INT, "b": STRING}, "part-*.csv"), "customers"))
    assert found.rows() == [(1, "x"), (2, "y"), (3, "z")]


def test_a_dry_run_reads_the_first_rows(tmp_path: Path) -> None:
    write(tmp_path, "a\n" + "\n".join(str(i) for i in range(1000)) + "\nx\n")
    bench = Bench(tmp_path)
    assert bench.output(bench.run(source({"a": INT}), "customers", rows=10))["a"].to_list() == list(range(10))


def test_infinities_are_null(tmp_path: Path) -> None:
    assert read(tmp_path, "x\ninf\n-Infinity\n1e999\n2\n", {"x": nullable(FLOAT)})["x"].to_list() == [
        None,
        None,
        None,
        2.0,
    ]


def test_values_that_do_not_fit_are_counted_and_named(tmp_path: Path) -> None:
    text = "id,tenure\n" + "".join(f"{i},{'x' if i % 2 else i}\n" for i in range(10))
    message, help = failure(tmp_path, text, {"id": INT, "tenure": INT})
    assert message == (
        "`customers` does not fit its schema: `tenure` is not an int in 5 of 10 rows of `data.csv`: "
        'row 2 ("x"), row 4 ("x"), row 6 ("x"), …'
    )
    assert help == "mend the data, or declare `tenure: string`"


def test_nulls_where_none_may_be_are_counted_and_named(tmp_path: Path) -> None:
    message, help = failure(tmp_path, "id,x\n1,\n2,NaN\n3,1.0\n", {"id": INT, "x": FLOAT})
    assert message.endswith("`x` is null in 2 of 3 rows of `data.csv`, and is not nullable: row 1, row 2")
    assert help == "if null is meant to occur, write `x: float?`"


def test_all_columns_with_trouble_are_reported_together(tmp_path: Path) -> None:
    kind = enum("m", "f")
    message, _ = failure(tmp_path, "a,k,d\n1,m,2024-01-01\nx,q,2024-13-01\n", {"a": INT, "k": kind, "d": DATE})
    assert '`a` is not an int in 1 of 2 rows of `data.csv`: row 2 ("x")' in message
    assert '`k` is not one of "m", "f" in 1 of 2 rows of `data.csv`: row 2 ("q")' in message
    assert '`d` is not a date in 1 of 2 rows of `data.csv`: row 2 ("2024-13-01")' in message


def test_a_nullable_column_is_offered_null_values(tmp_path: Path) -> None:
    _, help = failure(tmp_path, "a\nn/a\n", {"a": nullable(INT)})
    assert help == 'if "n/a" means null, write `null_values: "n/a"` on the connector'


@pytest.mark.parametrize(
    ("value", "type_"),
    [
        ("3.0", INT), ("1_000", INT), ("9223372036854775808", INT), ("0x1", INT), ("١", INT), ("1 2", INT),
        ("1,5", FLOAT), ("1_0.5", FLOAT), ("5 %", FLOAT), ("infinit", FLOAT),
        ("t", BOOL), ("2", BOOL), ("1.0", BOOL),
        ("2024-2-9", DATE), ("2024-02-30", DATE), ("20240229", DATE), ("2024-02-29T00:00:00", DATE), ("24-02-29", DATE),
        ("2024-02-29T24:00:00", DATETIME), ("2024-02-29T10", DATETIME), ("10:00", DATETIME),
        ("2023-02-29T10:00", DATETIME),
        ("1x", DURATION), ("1m1h", DURATION), ("5", DURATION),
        ("Small", enum("small")),
    ],
)  # fmt: skip
def test_what_does_not_fit(tmp_path: Path, value: str, type_: Type) -> None:
    message, _ = failure(tmp_path, f'a;b\n"{value}";1\n', {"a": type_}, delimiter=";")
    assert f'in 1 of 1 rows of `data.csv`: row 1 ("{value}")' in message


def test_trouble_in_one_of_several_files_names_it(tmp_path: Path) -> None:
    write(tmp_path, "a\n1\n", "1.csv")
    write(tmp_path, "a\nx\n", "2.csv")
    outcome = Bench(tmp_path).run(source({"a": INT}, "*.csv"), "customers")
    assert outcome.error is not None and "in 1 of 1 rows of `2.csv`: row 1" in outcome.error.message


def test_a_missing_column_names_those_that_are_there(tmp_path: Path) -> None:
    message, help = failure(tmp_path, "id,Monthly\n1,2\n", {"id": INT, "monthly": FLOAT})
    assert message == "`data.csv` has no column `monthly`"
    assert help == 'did you mean `Monthly`? Then write `from "Monthly"`; it has `id`, `Monthly`'


def test_a_column_that_is_there_twice(tmp_path: Path) -> None:
    message, _ = failure(tmp_path, "a,a\n1,2\n", {"a": INT})
    assert message == "`data.csv` has the column `a` 2 times"


def test_a_missing_file(tmp_path: Path) -> None:
    outcome = Bench(tmp_path).run(source({"a": INT}, "gone.csv"), "customers")
    assert outcome.error is not None
    assert outcome.error.message == "the file `gone.csv` does not exist"
    outcome = Bench(tmp_path).run(source({"a": INT}, "gone-*.csv"), "customers")
    assert outcome.error is not None and outcome.error.message == "no file matches `gone-*.csv`"


def test_a_directory(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    outcome = Bench(tmp_path).run(source({"a": INT}, "data"), "customers")
    assert outcome.error is not None
    assert outcome.error.message == "`data` is a directory, not a file"
    assert outcome.error.help == 'for all files in it write "data/*"'


def test_an_empty_file(tmp_path: Path) -> None:
    message, help = failure(tmp_path, "", {"a": INT})
    assert (message, help) == ("`data.csv` is empty", "a CSV file starts with a line of column names")


@pytest.mark.parametrize("columns", [{"a": INT}, {"b": STRING}])
def test_a_wrong_encoding_names_the_line_and_the_byte(tmp_path: Path, columns: dict[str, Type]) -> None:
    message, help = failure(tmp_path, "a,b\n1,x\n2,é\n".encode("latin-1"), columns)
    assert message == "`data.csv` is not written in utf-8: the byte 0xe9 in line 3 has no meaning there"
    assert help == 'name the right encoding: `encoding: "latin-1"`'


def test_utf_16_taken_for_utf_8_is_recognised(tmp_path: Path) -> None:
    _, help = failure(tmp_path, "a\n1\n".encode("utf-16"), {"a": INT})
    assert help == 'name the right encoding: `encoding: "utf-16"`'


def test_an_unknown_encoding(tmp_path: Path) -> None:
    message, _ = failure(tmp_path, "a\n1\n", {"a": INT}, encoding="utf-9")
    assert message == "there is no encoding `utf-9`"


def test_a_row_with_too_many_fields(tmp_path: Path) -> None:
    message, help = failure(tmp_path, "a,b\n1,x\n2,y,z\n", {"a": INT})
    assert message == "`data.csv` has 3 fields in row 2 (line 3), and 2 columns in its header"
    assert help == "put quotes around a field that holds the delimiter"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "latin-1"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_a_row_with_too_few_fields(tmp_path: Path, encoding: str, ends: str) -> None:
    columns = {"a": INT, "b": nullable(STRING)}
    cut = ends.join(["a,b", '1,"x,\u00fcy"', "2"])
    message, help = failure(tmp_path, cut.encode(encoding), columns, encoding=encoding)
    assert message == "`data.csv` breaks off in line 3: its last row has 1 of 2 fields"
    assert help == "it was cut off while it was written or copied: get the whole file"
    message, help = failure(tmp_path, (cut + ends).encode(encoding), columns, encoding=encoding)
    assert message == "`data.csv` has 1 field in row 2 (line 3), and 2 columns in its header"
    assert help == "an empty field has its delimiter, too, and a field that holds a line end stands in quotes"


def test_a_dry_run_looks_at_the_fields_of_its_rows_alone(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    write(tmp_path, "a,b\n1,x\n2,y\n3\n4,z\n")
    body = source({"a": INT, "b": nullable(STRING)})
    assert bench.output(bench.run(body, "customers", rows=2)).height == 2
    outcome = bench.run(body, "customers", rows=3)
    assert outcome.error is not None and "1 field in row 3 (line 4)" in outcome.error.message


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.lists(st.sampled_from(["", "1", "a,b", 'q"', "x\ny", "\u00e9"]), min_size=3, max_size=3), min_size=1
    ),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    data=st.data(),
)
def test_a_field_that_is_gone_anywhere_is_found(
    tmp_path: Path, rows: list[list[str]], quoting: int, data: st.DataObject
) -> None:
    number = data.draw(st.integers(0, len(rows) - 1))
    rows[number].pop()
    file = io.StringIO(newline="")
    csv.writer(file, quoting=quoting, lineterminator="\n").writerows([("a", "b", "c"), *rows])  # type: ignore[arg-type]
    columns = {name: nullable(STRING) for name in "abc"}
    message, _ = failure(tmp_path, file.getvalue(), columns)
    assert f"2 fields in row {number + 1} " in message


def test_a_sign_cannot_be_delimiter_and_quote(tmp_path: Path) -> None:
    message, _ = failure(tmp_path, "a,b\n1,x\n", {"a": INT}, delimiter='"')
    assert message == '`delimiter` and `quote` of `customers` are both `"`'


def test_a_quote_that_is_never_closed(tmp_path: Path) -> None:
    message, help = failure(tmp_path, 'a,b\n1,"x\n2,y\n', {"a": INT, "b": STRING})
    assert message == "`data.csv` is not a well-formed CSV file: its quotes do not match"
    assert help is not None and "written twice" in help


def test_a_schema_that_was_inferred_is_held_against_the_data_too(tmp_path: Path) -> None:
    write(tmp_path, "a\nx\n")
    body = replace(source({"a": INT}), declared=False)
    outcome = Bench(tmp_path).run(body, "customers")
    assert outcome.error is not None and outcome.error.code == "ML212"


def test_a_large_file_with_trouble_at_its_end(tmp_path: Path) -> None:
    write(tmp_path, "a\n" + "1\n" * 300_000 + "x\n")
    message, _ = failure(tmp_path, (tmp_path / "data.csv").read_bytes(), {"a": INT})
    assert '1 of 300001 rows of `data.csv`: row 300001 ("x")' in message


TEXT = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00"), max_size=8)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(TEXT, TEXT), min_size=0, max_size=8),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    delimiter=st.sampled_from([",", ";", "\t"]),
    ends=st.sampled_from(["\n", "\r\n"]),
)
def test_any_text_comes_back(
    tmp_path: Path, rows: list[tuple[str, str]], quoting: int, delimiter: str, ends: str
) -> None:
    if any("\r" in text for row in rows for text in row):
        quoting = csv.QUOTE_ALL  # else Python leaves it bare where lines end with \n: it would be part of the end
    file = io.StringIO(newline="")
    csv.writer(file, quoting=quoting, delimiter=delimiter, lineterminator=ends).writerows([("a", "b"), *rows])  # type: ignore[arg-type]
    found = read(tmp_path, file.getvalue(), {"a": nullable(STRING), "b": nullable(STRING)}, delimiter=delimiter)
    assert found.rows() == [(a or None, b or None) for a, b in rows]


@pytest.mark.parametrize(("sign", "written"), [(";", ";"), ("\t", "\\t"), ("|", "|")])
def test_another_delimiter_is_named(tmp_path: Path, sign: str, written: str) -> None:
    text = "id,x\n1,2\n".replace(",", sign)
    message, help = failure(tmp_path, text, {"id": INT, "x": INT})
    assert message == f"`data.csv` has one column, whose name has `{written}` in it"
    assert help == f'if that separates its fields, write `delimiter: "{written}"` on the connector'


def test_an_archive_is_not_taken_for_another_encoding(tmp_path: Path) -> None:
    message, help = failure(tmp_path, b"PK\x03\x04\xff\xfe", {"id": INT})
    assert (message, help) == ("`data.csv` is no text: it is a zip archive or a workbook", "unpack it")


@pytest.mark.parametrize(
    ("value", "type_", "wider"),
    [
        ("1.0", INT, "float"),
        ("1" * 30, INT, "string"),
        ("2024-01-01T10:00:00", DATE, "datetime"),
        ("x", DATE, "string"),
    ],
)
def test_the_type_that_would_fit_is_named(tmp_path: Path, value: str, type_: Type, wider: str) -> None:
    _, help = failure(tmp_path, f"a\n{value}\n", {"a": type_})
    assert help == f"mend the data, or declare `a: {wider}`"
