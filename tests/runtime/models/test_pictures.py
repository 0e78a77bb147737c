"""Pictures as features: the pixels of scikit-learn's handwritten digits, and vectors of what pictures look like."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image
from sklearn.datasets import load_digits, load_sample_image

import mldsl
from mldsl.plan.nodes import PrepareStep
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.models.features import make_encoder
from mldsl.runtime.models.preparation import Purpose, fit_preparation, rules_for
from tests.support.learning import columns, rule


def file_of(pixels: np.ndarray, mode: str | None = None, kind: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels, mode).save(buffer, kind)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def digits() -> tuple[np.ndarray, np.ndarray]:
    found = load_digits()
    return (found.images * 15.9375).round().astype(np.uint8)[:600], found.target[:600]


def prepared(
    given: list[bytes | None], *steps: tuple[str, dict] | str, new: list[bytes | None] | None = None
) -> np.ndarray:
    frame = pl.DataFrame({"photo": given}, schema={"photo": pl.Binary})
    rules = rules_for([rule("photo", *steps)], 0)
    encoder = make_encoder(columns(photo="image?"), rules, frame)
    preparation, found = fit_preparation(rules, encoder, encoder.encode(frame), None, Purpose("cluster", 0))
    assert len(preparation.names) == found.shape[1]
    if new is not None:
        return np.asarray(preparation.transform(encoder.encode(pl.DataFrame({"photo": new}, schema=frame.schema))))
    assert preparation.transform(encoder.encode(frame)) == pytest.approx(found, abs=1e-9)
    return np.asarray(found)


def test_pixels_are_those_of_the_file(digits: tuple[np.ndarray, np.ndarray]) -> None:
    images = digits[0][:5]
    found = prepared([*(file_of(image) for image in images), None], ("pixels", {"size": 8}))
    assert found[:5] == pytest.approx(images.reshape(5, 64) / 255)
    assert not found[5].any()


def test_a_greater_picture_is_shrunk_to_the_means_of_its_fields_whatever_its_format() -> None:
    photo = load_sample_image("flower.jpg")[:416, :640]
    fields = photo.reshape(8, 52, 8, 80, 3).mean(axis=(1, 3))
    for kind in ("PNG", "BMP"):
        found = prepared([file_of(photo, kind=kind)], ("pixels", {"size": 8, "color": True}))
        assert found == pytest.approx(fields.reshape(1, -1) / 255, abs=0.003)
    grey = prepared([file_of(photo)], ("pixels", {"size": 8}))
    assert grey == pytest.approx((fields @ [0.299, 0.587, 0.114]).reshape(1, -1) / 255, abs=0.003)


def test_what_shines_through_lies_on_white() -> None:
    clear = np.zeros((4, 4, 4), np.uint8)
    assert prepared([file_of(clear)], ("pixels", {"size": 2})) == pytest.approx(1.0)
    deep = (np.full((4, 4), 32768)).astype(np.uint16)
    assert prepared([file_of(deep)], ("pixels", {"size": 2})) == pytest.approx(128 / 255)


def test_alike_pictures_have_alike_vectors(digits: tuple[np.ndarray, np.ndarray]) -> None:
    """The nearest neighbour of new pictures is the same digit at least as often as by the raw pixels."""
    images, truth = digits
    files = [file_of(image) for image in images]
    known = prepared(files[:400], ("embed", {"size": 32}))
    new = prepared(files[:400], ("embed", {"size": 32}), new=[*files[400:], None])
    assert known.shape == (400, 32) and not new[-1].any()
    raw = images.reshape(600, 64) / 255

    def right(left: np.ndarray, vectors: np.ndarray) -> float:
        nearest = [int(np.linalg.norm(left - vector, axis=1).argmin()) for vector in vectors]
        return float(np.mean(truth[nearest] == truth[400:]))

    assert right(known, new[:-1]) > max(0.85, right(raw[:400], raw[400:]))


def test_few_pictures_leave_zeros_and_none_is_a_vector_of_zeros() -> None:
    one, other = (file_of(np.full((5, 5), value, np.uint8)) for value in (3, 200))
    found = prepared([one, other], ("embed", {"size": 10}))
    assert found.shape == (2, 10) and not found[:, 2:].any() and found[0, 0] != found[1, 0]
    assert not prepared([None, None], ("embed", {"size": 4})).any()


def test_what_is_no_picture_is_named() -> None:
    with pytest.raises(StepFailed, match=r"`photo` of row 2 cannot be read: it is no picture"):
        prepared([file_of(np.zeros((2, 2), np.uint8)), b"hello"], "pixels")
    with pytest.raises(StepFailed, match="`pass` cannot look at the pictures of `photo`"):
        prepared([None], PrepareStep(name="pass").name)


PROGRAM = """\
pipeline reading {{ seed: 2 }}
source digits = images("digits/*/*.png")
split data = digits {{ train: 70%; test: 30%; stratify: label }}
model m = predict label from data {{
  features: image
  {body}
}}
evaluate m on data.test {{ expect accuracy > 0.9 }}
"""


@pytest.mark.parametrize(
    "body",
    [
        "algorithm svm",
        "prepare { image: pixels(size: 8) }\n  algorithm logistic_regression { C: 0.01..1.0 log }\n"
        "  tune { maximize: accuracy; trials: 3; cv: 3; sampler: grid }",
    ],
    ids=["default", "pixels"],
)
def test_a_program_reads_digits(body: str, digits: tuple[np.ndarray, np.ndarray], tmp_path: Path) -> None:
    for number, (image, label) in enumerate(zip(*digits, strict=True)):
        folder = tmp_path / "digits" / str(label)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number}.png").write_bytes(file_of(image))
    (tmp_path / "reading.ml").write_text(PROGRAM.format(body=body))
    found = mldsl.load(tmp_path / "reading.ml").run(jobs=1)
    assert found.exit_status == 0, [(step.name, step.error) for step in found.steps]
    assert found.step("m on data.test").details["metrics"]["accuracy"] > 0.9
