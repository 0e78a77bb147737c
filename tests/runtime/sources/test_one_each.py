"""`images` and `texts`: a row a file, with the folder's name; damage is named by its file, all of it at once."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from mldsl.catalog.types import STRING, Type
from mldsl.plan.nodes import SourceBody
from mldsl.runtime.keys import Keys
from mldsl.runtime.store import hashes, trees
from tests.support.cli import mldsl
from tests.support.steps import PARAMS, Bench, specs

IMAGES = {"path": STRING, "label": STRING, "image": Type("image")}
TEXTS = {"path": STRING, "label": STRING, "text": Type("text")}


def picture(shade: int, form: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.new("L", (4, 3), shade).save(file, form)
    return file.getvalue()


def put(folder: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def source(folder: Path, connector: str, glob: str, columns: dict[str, Type], **options: Any) -> Any:
    bench = Bench(folder)
    body = SourceBody(connector=connector, arguments={"glob": glob} | options, columns=specs(columns))
    return bench, bench.run(body, "pets")


def refused(folder: Path, connector: str, glob: str, columns: dict[str, Type], **options: Any) -> tuple[str, str]:
    _, outcome = source(folder, connector, glob, columns, **options)
    assert outcome.error is not None and outcome.error.traceback is None
    return outcome.error.message, outcome.error.help or ""


def test_pictures_are_stored_as_they_are(tmp_path: Path) -> None:
    files = {"p/dog/b.png": picture(9), "p/cat/a.jpg": picture(3, "JPEG"), "p/cat/old/c.png": picture(1)}
    put(tmp_path, files)
    bench, outcome = source(tmp_path, "images", "p/**/*.*", IMAGES)
    assert bench.output(outcome).rows() == [
        ("p/cat/a.jpg", "cat", files["p/cat/a.jpg"]),
        ("p/cat/old/c.png", "old", files["p/cat/old/c.png"]),
        ("p/dog/b.png", "dog", files["p/dog/b.png"]),
    ]


def test_only_the_columns_of_the_schema_are_read(tmp_path: Path) -> None:
    put(tmp_path, {"p/cat/a.png": b"no picture, and nobody looks"})
    bench, outcome = source(tmp_path, "images", "p/*/*", {"label": STRING})
    assert bench.output(outcome).rows() == [("cat",)]


def test_damaged_pictures_are_all_named(tmp_path: Path) -> None:
    noise = Image.effect_noise((64, 64), 90)
    file = io.BytesIO()
    noise.save(file, "JPEG")
    put(
        tmp_path,
        {
            "p/cat/a.png": picture(1),
            "p/cat/b.jpg": file.getvalue()[:900],
            "p/cat/notes.txt": b"whiskers",
            "p/dog/empty.png": b"",
        },
    )
    message, help = refused(tmp_path, "images", "p/*/*", IMAGES)
    assert message.startswith("`pets`: 3 of 4 files cannot be read as pictures: `p/cat/b.jpg`: it is damaged (")
    assert message.endswith("; `p/cat/notes.txt`: it is no picture; `p/dog/empty.png`: the file is empty")
    assert "PNG" in help


def test_no_other_program_is_started_for_a_picture(tmp_path: Path) -> None:
    put(tmp_path, {"p/cat/a.eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n"})
    assert "`p/cat/a.eps`: it is no picture" in refused(tmp_path, "images", "p/*/*", IMAGES)[0]


def test_folders_without_files(tmp_path: Path) -> None:
    (tmp_path / "p" / "cat").mkdir(parents=True)
    assert refused(tmp_path, "images", "p/*/*", IMAGES)[0] == "no file matches `p/*/*`"
    assert refused(tmp_path, "images", "p", IMAGES)[0] == "`p` is a directory, not a file"


def test_texts(tmp_path: Path) -> None:
    put(tmp_path, {"t/b/2.txt": b"", "t/a/1.txt": b"\xef\xbb\xbfone\r\ntwo\n", "t/a/3.txt": "größer".encode()})
    bench, outcome = source(tmp_path, "texts", "t/*/*.txt", TEXTS)
    assert bench.output(outcome).rows() == [
        ("t/a/1.txt", "a", "one\r\ntwo\n"), ("t/a/3.txt", "a", "größer"), ("t/b/2.txt", "b", ""),
    ]  # fmt: skip


def test_a_wrong_encoding_names_the_file_the_line_and_the_byte(tmp_path: Path) -> None:
    put(tmp_path, {"t/a/1.txt": "fine\nmüde\n".encode("latin-1"), "t/a/2.txt": b"fine"})
    message, help = refused(tmp_path, "texts", "t/*/*", TEXTS)
    assert message == (
        "`pets`: 1 of 2 files cannot be read as texts in utf-8: "
        "`t/a/1.txt`: the byte 0xfc in line 2 (byte 6) has no meaning there"
    )
    assert '`encoding: "latin-1"`' in help
    bench, outcome = source(tmp_path, "texts", "t/*/*", TEXTS, encoding="latin-1")
    assert bench.output(outcome)["text"].to_list() == ["fine\nmüde\n", "fine"]
    assert "there is no encoding `base64`" in refused(tmp_path, "texts", "t/*/*", TEXTS, encoding="base64")[0]


def test_no_text_at_all(tmp_path: Path) -> None:
    put(tmp_path, {"t/a/1.txt": b"ab\0\0cd"})
    assert "holds null characters" in refused(tmp_path, "texts", "t/*/*", TEXTS, encoding="latin-1")[0]


def test_thousands_of_files_are_known_again_by_their_states(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, {f"t/{index % 7}/{index}.txt": str(index).encode() for index in range(3_000)})
    monkeypatch.setattr(hashes, "_SETTLED", 0)
    bench, outcome = source(tmp_path, "texts", "t/*/*", TEXTS)
    assert bench.output(outcome).height == 3_000
    body = SourceBody(connector="texts", arguments={"glob": "t/*/*"}, columns=specs(TEXTS))
    step = bench.step(body, "pets")
    Keys(bench.plan(step), bench.store, tmp_path, PARAMS).parts(step)  # there was no store to remember in before
    hashed: list[Path] = []
    monkeypatch.setattr(trees, "hash_file", lambda path: hashed.append(path) or "other")

    def key() -> str:
        return Keys(bench.plan(step), bench.store, tmp_path, PARAMS).parts(step).key

    assert key() == outcome.key and hashed == []
    changed = tmp_path / "t/3/3.txt"
    changed.write_bytes(b"three")
    assert key() != outcome.key and hashed == [changed]


def test_the_command_line_runs_them_again_only_when_a_file_changed(tmp_path: Path) -> None:
    put(tmp_path, {"p/cat/a.png": picture(1), "p/dog/b.png": picture(2)})
    (tmp_path / "p.ml").write_text(
        'pipeline p { seed: 1 }\nsource pets = images("p/*/*.png")\ncheck pets { expect label in ("cat", "dog") }\n'
    )
    assert mldsl("run", "p.ml", cwd=tmp_path).returncode == 0
    assert '"cached"' in mldsl("run", "p.ml", "--json", cwd=tmp_path).stdout
    put(tmp_path, {"p/cow/c.png": picture(3)})
    plan = mldsl("plan", "p.ml", cwd=tmp_path)
    assert "file `p/*/*.png` changed" in plan.stdout + plan.stderr
    assert mldsl("run", "p.ml", cwd=tmp_path).returncode == 3
    (tmp_path / "p/cow/c.png").write_bytes(b"broken")
    done = mldsl("run", "p.ml", cwd=tmp_path)
    assert done.returncode == 4 and "`p/cow/c.png`: it is no picture" in done.stderr
