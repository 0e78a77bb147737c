"""A source in Python."""

import numpy as np
import pandas as pd


def measured():
    numbers = np.random.default_rng(7)
    x = numbers.normal(size=400)
    frame = pd.DataFrame({"id": range(400), "x": x, "group": np.where(x > 0, "above", "below")})
    frame["y"] = 3 * frame["x"] + numbers.normal(scale=0.1, size=400)
    print("measured", len(frame), "rows")
    return frame
