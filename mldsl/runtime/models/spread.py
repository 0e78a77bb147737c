"""One search for the best trial, spread over several workers that share nothing but the store.

Each worker makes the whole search: it asks for the same recipes in the same order, as everything follows from the seed
and from scores. It fits its own share first, then what nobody has fitted yet of the others'. So none of them waits for
another: one alone does everything, and many do the same search sooner. Two may fit the same at the end; they find the
same score.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    """A worker's place among those that make a search: number `share`, from 0, of `shares`."""

    share: int
    shares: int

    def order(self, count: int) -> list[int]:
        """In which order this worker goes through so many fits.

        The others' come from their ends, where those are last: who has begun to work on them is met once only.
        """
        found = list(range(self.share, count, self.shares))
        for number in range(1, self.shares):
            found += reversed(range((self.share + number) % self.shares, count, self.shares))
        return found
