"""Transforms in Python, one of them with a helper beside it and with what Python's own order of sets may change."""

import random

import numpy as np
from helper import doubled


def scale(frame, factor):
    return frame.assign(z=doubled(frame["x"]) * factor)


def mix(frame):
    words = {f"word {number}" for number in range(50)}
    first = float(len(next(iter(words))))  # depends on the seed of hashes
    noise = [random.random() + first for _ in range(len(frame))]
    blurred = np.random.normal(size=len(frame))
    return frame.assign(noise=np.asarray(noise) + blurred)[["id", "x", "z", "noise", "y"]]
