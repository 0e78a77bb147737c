import hashlib
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from mldsl.errors import StoreError
from mldsl.runtime.masking import SALT, masked, salt_of
from mldsl.runtime.store.store import open_store

HERE = b"\x07" * 32


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (17, "17"),
        (17.0, "17"),
        (1.5, "1.5"),
        ("c-17", "c-17"),
        ("é", "é"),
        (True, "true"),
        (date(2026, 1, 31), "2026-01-31"),
        (datetime(2026, 1, 31), "2026-01-31"),
        (datetime(2026, 1, 31, 10), "2026-01-31T10:00:00.000000"),
        (datetime(2026, 1, 31, 12, tzinfo=timezone(timedelta(hours=2))), "2026-01-31T10:00:00.000000"),
        (datetime(2026, 1, 31, tzinfo=UTC), "2026-01-31"),
        (timedelta(seconds=2), "2000000us"),
    ],
)
def test_a_key_is_the_hash_of_the_salt_and_its_text(value: object, text: str):
    assert masked(value, HERE) == hashlib.sha256(HERE + text.encode()).hexdigest()[:32]


def test_null_has_nothing_to_hide():
    assert masked(None, HERE) is None


def test_another_salt_gives_another_mask():
    assert masked(17, HERE) != masked(17, b"\x08" * 32)


def test_a_store_has_one_salt_that_stays(tmp_path):
    first = salt_of(open_store("one", tmp_path))
    assert len(first) == 32
    assert salt_of(open_store("one", tmp_path)) == first
    assert salt_of(open_store("other", tmp_path)) != first


def test_a_damaged_salt_is_said(tmp_path):
    store = open_store("one", tmp_path)
    salt_of(store)
    (tmp_path / "one" / SALT).write_text("zz")
    with pytest.raises(StoreError, match="predictions/%salt` is damaged"):
        salt_of(store)
