"""The prepare steps that scikit-learn has no class for. They follow its protocol: `fit_transform`, then `transform`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from mldsl.runtime.models.features import Floats, Ints
from mldsl.runtime.models.folds import Fold
from mldsl.runtime.models.untyped import Fitted, Prepared

_DAY = np.timedelta64(1, "D")


class Constants:
    """Fills each column's missing values with its own constant (a category has another number in each column)."""

    def __init__(self, values: tuple[float, ...]) -> None:
        self.values = values

    def fit_transform(self, numbers: Floats, target: object = None) -> Floats:
        """Nothing is learned."""
        return self.transform(numbers)

    def transform(self, numbers: Floats) -> Floats:
        """The columns without gaps."""
        return np.where(np.isnan(numbers), np.array(self.values), numbers)


class Ordinals:
    """Each category as its number among its column's `categories`; unseen is -1, missing stays missing."""

    def __init__(self, categories: list[Floats]) -> None:
        self.categories = categories

    def fit_transform(self, numbers: Floats, target: object = None) -> Floats:
        """The categories are known."""
        return self.transform(numbers)

    def transform(self, numbers: Floats) -> Floats:
        """The columns as numbers from 0."""
        found = np.full(numbers.shape, -1.0)
        for place, (column, categories) in enumerate(zip(numbers.T, self.categories, strict=True)):
            if len(categories):
                at = np.minimum(np.searchsorted(categories, column), len(categories) - 1)
                found[:, place] = np.where(categories[at] == column, at, -1)
        return np.where(np.isnan(numbers), np.nan, found)


class TargetMeans:
    """Each category as the mean of the target among its rows: for several classes, as the share of each.

    Means of few rows are drawn towards that of all rows, by empirical Bayes with variances in place of priors
    (Micci-Barreca 2001, as scikit-learn's TargetEncoder does it): m of n rows with variance v, where all have mean M
    and variance V, becomes M + (m - M) · V / (V + v / n). What was not seen is M.

    A training row gets what is learned from the rows that its fold is judged by, as the split divides them: rows that
    no fold judges (by time the earliest, which have no past) get the mean that they have together.
    """

    def __init__(self, several: bool, positive: bool, folds: Sequence[Fold]) -> None:
        self.several = several
        self.positive = positive
        self.folds = folds

    def fit_transform(self, numbers: Floats, target: Prepared) -> Floats:
        """Learns from all rows, and gives each of them what others say."""
        folds, self.folds = self.folds, ()  # which rows they were is no part of what was learned
        truth = np.asarray(target)
        self.classes: list[int] = [int(number) for number in np.unique(truth)] if self.several else []
        aims = np.column_stack([truth == number for number in self.classes]) if self.several else truth[:, None]
        aims = (aims == 1 if self.positive else aims).astype(np.float64)
        self.categories = [np.unique(column) for column in numbers.T]
        codes = self._codes(numbers)
        self.means = self._means(codes, aims)
        rest = np.setdiff1d(np.arange(len(aims)), np.concatenate([judged for _, judged in folds]))
        found = np.empty((len(aims), numbers.shape[1] * aims.shape[1]))
        if len(rest):
            found[rest] = np.tile(aims[rest].mean(axis=0), numbers.shape[1])
        for training, judged in folds:
            found[judged] = self._look_up(self._means(codes[training], aims[training]), codes[judged])
        return found

    def transform(self, numbers: Floats) -> Floats:
        """The columns as means of the target; column by column, and in each class by class."""
        return self._look_up(self.means, self._codes(numbers))

    def _codes(self, numbers: Floats) -> Ints:
        """The number of each category in its column's; one more than there are for one that was not seen."""
        found = np.empty(numbers.shape, dtype=np.int64)
        for place, (column, known) in enumerate(zip(numbers.T, self.categories, strict=True)):
            at = np.minimum(np.searchsorted(known, column), max(len(known) - 1, 0))
            same = (known[at] == column) | (np.isnan(known[at]) & np.isnan(column))
            found[:, place] = np.where(same, at, len(known))
        return found

    def _means(self, codes: Ints, aims: Floats) -> list[Floats]:
        """For each column: categories (and last what was not seen) × aims."""
        overall, variance = aims.mean(axis=0), aims.var(axis=0)
        found = []
        for column, known in zip(codes.T, self.categories, strict=True):
            count = np.bincount(column, minlength=len(known) + 1)[:, None].astype(np.float64)
            rows = np.maximum(count, 1)
            mean = np.column_stack([np.bincount(column, aim, len(known) + 1) for aim in aims.T]) / rows
            spread = (aims - mean[column]) ** 2
            within = np.column_stack([np.bincount(column, aim, len(known) + 1) for aim in spread.T]) / rows
            whole = variance * count + within
            share = np.where(whole > 0, variance * count / np.where(whole > 0, whole, 1), 0.0)
            found.append(overall + (mean - overall) * share)
        return found

    def _look_up(self, means: list[Floats], codes: Ints) -> Floats:
        return np.hstack([known[column] for known, column in zip(means, codes.T, strict=True)])


class DateParts:
    """Numbers out of dates: seconds since 1970 (columns) to the parts of each column, side by side."""

    def __init__(self, parts: tuple[str, ...]) -> None:
        self.parts = parts

    def fit_transform(self, seconds: Floats, target: object = None) -> Floats:
        """Nothing is learned."""
        return self.transform(seconds)

    def transform(self, seconds: Floats) -> Floats:
        """The parts; missing where the date is."""
        known = np.isfinite(seconds)
        moments = (np.where(known, seconds, 0) * 1e6).round().astype("int64").astype("datetime64[us]")
        found = [np.where(known, _PARTS[part](moments), np.nan) for part in self.parts]
        return np.stack(found, axis=2).reshape(len(seconds), -1)


def _since(moments: Prepared, unit: str) -> Prepared:
    """How far a moment lies in its year, month or day."""
    return moments - moments.astype(f"datetime64[{unit}]")


_PARTS: Mapping[str, Callable[[Prepared], Prepared]] = {
    "year": lambda t: t.astype("datetime64[Y]").astype(int) + 1970,
    "quarter": lambda t: t.astype("datetime64[M]").astype(int) % 12 // 3 + 1,
    "month": lambda t: t.astype("datetime64[M]").astype(int) % 12 + 1,
    "day": lambda t: _since(t, "M") // _DAY + 1,
    "weekday": lambda t: (t.astype("datetime64[D]").astype(int) + 3) % 7 + 1,
    "day_of_year": lambda t: _since(t, "Y") // _DAY + 1,
    "hour": lambda t: _since(t, "D") // np.timedelta64(1, "h"),
    "minute": lambda t: _since(t, "h") // np.timedelta64(1, "m"),
}


class Words:
    """TF-IDF of one column of text; missing text has no words. `vectorizer` is scikit-learn's."""

    def __init__(self, vectorizer: Fitted) -> None:
        self.vectorizer = vectorizer

    def fit_transform(self, texts: Prepared, target: object = None) -> Prepared:
        """Learns the words and how rare they are."""
        return _fit_words(self.vectorizer, texts)

    def transform(self, texts: Prepared) -> Prepared:
        """Rows × words, sparse."""
        return self.vectorizer.transform(_strings(texts))


class TextEmbedding:
    """A dense vector for each text: TF-IDF of its sequences of 3 and 4 letters, on the main directions of the training
    texts (a truncated SVD, as skrub's StringEncoder does). Missing text is all zeros, and so is what a short training
    text leaves empty.
    """

    def __init__(self, size: int, seed: int) -> None:
        self.size = size
        self.seed = seed

    def fit_transform(self, texts: Prepared, target: object = None) -> Floats:
        """Learns the directions."""
        from sklearn.decomposition import TruncatedSVD
        from sklearn.feature_extraction.text import TfidfVectorizer

        self.vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 4))
        letters = _fit_words(self.vectorizer, texts)
        size = min(self.size, letters.shape[1] - 1, letters.shape[0])
        self.directions = TruncatedSVD(max(size, 1), random_state=self.seed)
        return self._widened(self.directions.fit_transform(letters))

    def transform(self, texts: Prepared) -> Floats:
        """Rows × size."""
        return self._widened(self.directions.transform(self.vectorizer.transform(_strings(texts))))

    def _widened(self, vectors: Floats) -> Floats:
        return np.pad(vectors, ((0, 0), (0, self.size - vectors.shape[1])))


def _fit_words(vectorizer: Fitted, texts: Prepared) -> Prepared:
    found = vectorizer.fit_transform(_strings(texts))
    vectorizer.vocabulary_ = {word: int(place) for word, place in vectorizer.vocabulary_.items()}
    vectorizer.__dict__.pop("_stop_words_id", None)  # an address: another in every process
    return found


def _strings(texts: Prepared) -> list[str]:
    return ["" if text is None else str(text) for text in np.asarray(texts, dtype=object).ravel()]
