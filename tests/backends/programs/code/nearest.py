"""A model in Python."""

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin


class Nearest(RegressorMixin, BaseEstimator):
    """The mean of the nearest rows."""

    def __init__(self, neighbours=3):
        self.neighbours = neighbours

    def fit(self, X, y):
        self.rows_, self.values_ = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
        return self

    def predict(self, X):
        rows = np.asarray(X, dtype=float)
        distances = ((rows[:, None, :] - self.rows_[None, :, :]) ** 2).sum(axis=2)
        return self.values_[np.argsort(distances, axis=1, kind="stable")[:, : self.neighbours]].mean(axis=1)
