"""`examples/reviews` by hand."""

from __future__ import annotations

import pandas as pd
from scipy.sparse import hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, balanced_accuracy_score, roc_auc_score
from sklearn.preprocessing import RobustScaler


def review_scores(train: pd.DataFrame, test: pd.DataFrame) -> dict[str, float]:
    """Train on these reviews and judge on those."""
    words = TfidfVectorizer(ngram_range=(1, 2), min_df=3, max_features=20_000).fit(train["review"])
    length = RobustScaler().fit(_length(train))

    def prepared(rows: pd.DataFrame) -> object:
        marks = [rows["review"].str.contains(sign, regex=False).to_frame(sign) for sign in ("!", "?")]
        return hstack([words.transform(rows["review"]), length.transform(_length(rows)), *marks]).tocsr()

    model = LogisticRegression(C=1.5, class_weight="balanced", max_iter=500)
    model.fit(prepared(train), train["score"] == "great")
    chances, truth = model.predict_proba(prepared(test))[:, 1], test["score"] == "great"
    return {
        "roc_auc": roc_auc_score(truth, chances),
        "accuracy": accuracy_score(truth, chances >= 0.5),
        "balanced_accuracy": balanced_accuracy_score(truth, chances >= 0.5),
    }


def _length(rows: pd.DataFrame) -> pd.DataFrame:
    return rows["review"].str.len().to_frame("letters")
