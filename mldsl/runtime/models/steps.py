"""The prepare steps: how each of the catalog's is built and what its results are called, one row a step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mldsl.catalog.tasks import Task
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.models.features import Feature, Floats
from mldsl.runtime.models.folds import Divider, Fold
from mldsl.runtime.models.pictures import PictureEmbedding, Pixels
from mldsl.runtime.models.transformers import Constants, DateParts, Ordinals, TargetMeans, TextEmbedding, Words
from mldsl.runtime.models.untyped import Fitted, Json, Prepared

Names = tuple[str, ...]
Arguments = Mapping[str, Any]

_ENCODING_FOLDS = 5


@dataclass(frozen=True, slots=True)
class Place:
    """Where a step is built: on which columns (a text is none), for how many rows and what purpose.

    `last` says that no step follows; `divider` how the rows are divided (None: at random).
    """

    features: tuple[Feature, ...]
    rows: int
    task: Task
    seed: int
    last: bool
    divider: Divider | None = None

    def folds(self, count: int) -> list[Fold]:
        """The rows in so many folds as the split makes them, or fewer where they do not suffice for that."""
        return (self.divider or Divider(self.rows)).folds_up_to(count, self.seed)


@dataclass(frozen=True, slots=True)
class StepRow:
    """`build` gives an object with `fit_transform` and `transform` (None: nothing is done); `name` the results' names.

    `build` also sees the columns as they are when it comes to the step. `sparse` says that it takes a sparse matrix.
    """

    build: Callable[[Arguments, Place, Prepared], Fitted]
    name: Callable[[Fitted, Names, Place], Names]
    sparse: bool = False


def _same(fitted: Fitted, names: Names, place: Place) -> Names:
    return names


def _choice(arguments: Arguments, parameter: str) -> str:
    return str(arguments[parameter])


# --- filling and scaling ---------------------------------------------------------------------------------------------


def _impute(arguments: Arguments, place: Place, given: Prepared) -> Fitted:
    from sklearn.impute import KNNImputer, SimpleImputer

    match _choice(arguments, "with"):
        case "knn":
            return KNNImputer(keep_empty_features=True)
        case "constant":
            return _constant(arguments["value"], place)
        case strategy:
            missing = np.nan if place.features else None
            return SimpleImputer(missing_values=missing, strategy=strategy, keep_empty_features=True)


def _constant(value: Json, place: Place) -> Fitted:
    from sklearn.impute import SimpleImputer

    if not place.features:
        return SimpleImputer(missing_values=None, strategy="constant", fill_value=value, keep_empty_features=True)
    return Constants(tuple(feature.number(value) for feature in place.features))


def _scale(arguments: Arguments, place: Place, given: Prepared) -> Fitted:
    from sklearn import preprocessing

    match _choice(arguments, "method"):
        case "minmax":
            return preprocessing.MinMaxScaler()
        case "robust":
            return preprocessing.RobustScaler()
        case "power":
            return preprocessing.PowerTransformer()
        case "quantile":
            count = max(1, min(1000, place.rows))
            return preprocessing.QuantileTransformer(n_quantiles=count, subsample=None, random_state=place.seed)
        case _:
            return preprocessing.StandardScaler()


def _bin(arguments: Arguments, place: Place, given: Prepared) -> Fitted:
    from sklearn.preprocessing import KBinsDiscretizer

    return KBinsDiscretizer(arguments["n"], encode="ordinal", strategy="quantile", subsample=None)


# --- categories ------------------------------------------------------------------------------------------------------


def _encode(arguments: Arguments, place: Place, given: Prepared) -> Fitted:
    from sklearn.preprocessing import OneHotEncoder

    match _choice(arguments, "method"):
        case "ordinal":
            return Ordinals(_categories(place, given, with_missing=False))
        case "target":
            return _target_encoder(place)
        case _:
            categories = _categories(place, given, with_missing=True)
            return OneHotEncoder(categories=categories, handle_unknown="ignore", sparse_output=place.last)


def _categories(place: Place, given: Floats, with_missing: bool) -> list[Floats]:
    """Each column's categories, ascending: an enum's as declared, others' those that occur. Missing is the last."""
    found = []
    for feature, column in zip(place.features, given.T, strict=True):
        if feature.kind == "enum":
            seen = np.append(np.arange(len(feature.categories), dtype=np.float64), np.nan)
        else:
            seen = np.unique(column)
        found.append(seen if with_missing else seen[~np.isnan(seen)])
    return found


def _target_encoder(place: Place) -> Fitted:
    folds = place.folds(_ENCODING_FOLDS)
    return TargetMeans(place.task == "multiclass", place.task == "binary", folds)


def _onehot_names(fitted: Fitted, names: Names, place: Place) -> Names:
    if hasattr(fitted, "drop_idx_"):
        return tuple(
            f"{name}={feature.label(float(number))}"
            for name, feature, numbers in zip(names, place.features, fitted.categories_, strict=True)
            for number in numbers
        )
    if isinstance(fitted, TargetMeans) and fitted.several:
        return tuple(f"{name} by class {number}" for name in names for number in fitted.classes)
    return names


# --- language and time -----------------------------------------------------------------------------------------------


def _tfidf(arguments: Arguments, place: Place, given: Prepared) -> Fitted:
    from sklearn.feature_extraction.text import TfidfVectorizer

    low, high = arguments.get("ngrams", (1, 1))
    return Words(
        TfidfVectorizer(
            max_features=arguments.get("max_features", 5000),
            ngram_range=(low, high),
            min_df=arguments.get("min_count", 1),
            lowercase=arguments.get("lowercase", True),
        )
    )


def _embed(arguments: Arguments, place: Place, given: Prepared) -> Fitted:
    if arguments.get("model") is not None:
        message = f"`embed` cannot load the model `{arguments['model']}`: nothing that is installed reads such models"
        raise StepFailed(message, "leave `model:` out for the built-in one, or embed in a `python` transform")
    size = arguments.get("size", 64)
    return TextEmbedding(size, place.seed) if given.ndim == 2 else PictureEmbedding(size)


def _pixels(arguments: Arguments, place: Place, given: Prepared) -> Fitted:
    return Pixels(given.shape[1], bool(arguments.get("color", False)))


def _numbered(fitted: Fitted, names: Names, place: Place) -> Names:
    return tuple(f"{name}[{number}]" for name in names for number in range(fitted.size))


# --- columns together ------------------------------------------------------------------------------------------------


def _polynomial(arguments: Arguments, place: Place, given: Prepared) -> Fitted:
    from sklearn.preprocessing import PolynomialFeatures

    return PolynomialFeatures(arguments["n"], include_bias=False)


def _pca(arguments: Arguments, place: Place, given: Prepared) -> Fitted:
    from sklearn.decomposition import PCA

    wanted = arguments["n"]
    columns = given.shape[1]
    if wanted > min(columns, place.rows):
        count, what = (columns, "column") if wanted > columns else (place.rows, "row")
        message = f"`pca({wanted})` cannot find {wanted} directions in {count} {what}{'' if count == 1 else 's'}"
        raise StepFailed(message, "ask for fewer")
    return PCA(wanted, svd_solver="full")


def _select(arguments: Arguments, place: Place, given: Prepared) -> Fitted:
    from sklearn.feature_selection import SelectKBest, f_classif, f_regression

    test = f_regression if place.task == "regression" else f_classif
    return SelectKBest(test, k=min(arguments["n"], given.shape[1]))


def _asked(fitted: Fitted, names: Names, place: Place) -> Names:
    return tuple(str(name) for name in fitted.get_feature_names_out(np.array(names, dtype=object)))


STEPS: Mapping[str, StepRow] = {
    "impute": StepRow(_impute, _same),
    "scale": StepRow(_scale, _same),
    "encode": StepRow(_encode, _onehot_names),
    "bin": StepRow(_bin, _same),
    "tfidf": StepRow(_tfidf, lambda fitted, names, place: tuple(
        f"{names[0]}:{word}" for word in fitted.vectorizer.get_feature_names_out()
    )),
    "embed": StepRow(_embed, _numbered),
    "pixels": StepRow(_pixels, _numbered),
    "parts": StepRow(
        lambda arguments, place, given: DateParts(tuple(arguments["parts"])),
        lambda fitted, names, place: tuple(f"{part}({name})" for name in names for part in fitted.parts),
    ),
    "polynomial": StepRow(_polynomial, _asked),
    "pca": StepRow(_pca, lambda fitted, names, place: tuple(f"pca{number}" for number in range(fitted.n_components_))),
    "select": StepRow(_select, _asked, sparse=True),
    "pass": StepRow(lambda arguments, place, given: None, _same, sparse=True),
}  # fmt: skip
"""Every prepare step but `drop`, which leaves its columns out, by name."""
