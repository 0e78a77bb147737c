"""Records behave as frozen, slotted dataclasses do: everything here is asked of both."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, dataclass, field, fields, replace

import pytest

from mldsl.records import record


@dataclass(frozen=True, slots=True)
class PlainBase:
    """A base."""

    at: int = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Plain(PlainBase):
    """Both kinds of defaults."""

    absent: str
    value: object = None
    items: dict[str, int] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many items."""
        return len(self.items)


@record
class RecordBase:
    """A base."""

    at: int = field(compare=False, repr=False)


@record
class Record(RecordBase):
    """Both kinds of defaults."""

    absent: str
    value: object = None
    items: dict[str, int] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many items."""
        return len(self.items)


@record
class Empty:
    """No fields."""


@pytest.fixture(params=[Plain, Record])
def made(request: pytest.FixtureRequest) -> Callable[..., Plain]:
    return request.param


def test_it_takes_arguments_by_position_by_name_and_by_default(made) -> None:
    first = made(1, "a", 2, {"x": 1})
    assert (first.at, first.absent, first.value, first.items, first.size) == (1, "a", 2, {"x": 1}, 1)
    second = made(absent="b", at=2)
    assert (second.at, second.absent, second.value, second.items) == (2, "b", None, {})
    assert made(1, "a").items is not made(1, "a").items


@pytest.mark.parametrize(("args", "kwargs"), [((), {}), ((1,), {}), ((1, "a", 2, {}, 5), {}), ((1, "a"), {"no": 1})])
def test_wrong_arguments_are_refused(made, args: tuple, kwargs: dict) -> None:
    for _ in range(2):
        with pytest.raises(TypeError):
            made(*args, **kwargs)


def test_equality_and_hash_leave_out_what_does_not_compare(made) -> None:
    assert made(1, "a", 2) == made(9, "a", 2)
    assert made(1, "a", 2) != made(1, "a", 3)
    assert made(1, "a") != (1, "a", None, {})
    base = made.__mro__[1]
    assert hash(base(1)) == hash(base(2))
    assert base(1) == base(2)
    assert base(1) != made(1, "a")
    with pytest.raises(TypeError):
        hash(made(1, "a"))


def test_it_is_shown_with_its_fields(made) -> None:
    assert repr(made(1, "a", 2)) == f"{made.__qualname__}(absent='a', value=2, items={{}})"


def test_it_is_frozen_and_has_no_dict(made) -> None:
    one = made(1, "a")
    with pytest.raises(FrozenInstanceError):
        one.at = 2
    # A dataclass with slots and a base raises TypeError for what is no field (CPython issue 90562).
    with pytest.raises((FrozenInstanceError, TypeError)):
        one.other = 2
    with pytest.raises(FrozenInstanceError):
        del one.at
    assert not hasattr(one, "__dict__")
    assert one.at == 1


def test_replace_fields_match_copy_and_pickle_work(made) -> None:
    one = made(1, "a", 2, {"x": 1})
    assert replace(one, value=3) == made(1, "a", 3, {"x": 1})
    assert [item.name for item in fields(one)] == ["at", "absent", "value", "items"]
    assert [item.name for item in fields(made.__mro__[1])] == ["at"]
    match one:
        case made(_, "a", value, items=items):
            assert (value, items) == (2, {"x": 1})
        case _:
            pytest.fail("does not match")
    for other in (copy.copy(one), copy.deepcopy(one), pickle.loads(pickle.dumps(one))):
        assert (other, other.at) == (one, 1)


def test_it_keeps_its_name_and_its_documentation(made) -> None:
    assert made.__doc__ == "Both kinds of defaults."
    assert made.__qualname__ in ("Plain", "Record")
    assert made.__module__ == __name__


def test_a_record_may_have_no_fields() -> None:
    assert Empty() == Empty()
    assert repr(Empty()) == "Empty()"
    assert hash(Empty()) == hash(Empty())
