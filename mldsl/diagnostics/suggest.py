"""Did you mean: the known name that a mistyped one was most likely meant to be."""

from __future__ import annotations

from collections.abc import Iterable


def suggest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate nearest to `name`, or None when none is near.

    Near is: the same but for case, hyphens or spaces; a few letters missing, added, wrong or swapped (one up to five
    letters, two up to eight, three beyond); or, from three letters on, a candidate one of whose words it is
    (`logistic` for `logistic_regression`). Of equally near ones a mere swap of letters wins, then
    the first in alphabetical order.
    """
    wanted = _plain(name)
    allowed = 0 if len(name) < 2 else 1 if len(name) < 6 else 2 if len(name) < 9 else 3
    ranked: list[tuple[int, bool, str]] = []
    for candidate in candidates:
        if candidate == name:
            continue
        plain = _plain(candidate)
        if abs(len(plain) - len(wanted)) <= allowed:
            distance = _distance(wanted, plain, allowed)
            if distance <= allowed:
                ranked.append((distance, sorted(wanted) != sorted(plain), candidate))
                continue
        if len(name) >= 3 and _is_word_of(wanted, plain):
            ranked.append((allowed + 1, True, candidate))
    return min(ranked)[-1] if ranked else None


def did_you_mean(name: str, candidates: Iterable[str]) -> str | None:
    """The help line "did you mean `…`?", or None when no candidate is near."""
    found = suggest(name, candidates)
    return None if found is None else f"did you mean `{found}`?"


def _plain(name: str) -> str:
    return name.casefold().replace("-", "_").replace(" ", "_")


def _is_word_of(name: str, candidate: str) -> bool:
    words = candidate.split("_")
    return len(words) > 1 and (name in words or candidate.startswith(name + "_"))


def _distance(a: str, b: str, limit: int) -> int:
    """Edits from `a` to `b`, a swap of neighbours counting as one (optimal string alignment); above `limit` any."""
    before: list[int] = []
    last = list(range(len(b) + 1))
    for i, letter in enumerate(a, 1):
        row = [i]
        for j, other in enumerate(b, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == b[j - 2] and a[i - 2] == other:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
        before, last = last, row
    return last[-1]
