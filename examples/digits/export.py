"""Write this example's images from the data set `digits` that comes with scikit-learn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits

DATA = Path(__file__).parent / "data"
EACH = 60  # images of each digit


def main() -> None:
    """The first images of each digit as PNG files of 8 × 8 pixels, 16 shades of grey, in a folder for the digit."""
    digits = load_digits()
    for digit in range(10):
        folder = DATA / str(digit)
        folder.mkdir(parents=True, exist_ok=True)
        for number in np.flatnonzero(digits.target == digit)[:EACH]:
            shades = (digits.images[number] * 255 / 16).round().astype(np.uint8)
            Image.fromarray(shades).save(folder / f"{number:04}.png", optimize=True)


if __name__ == "__main__":
    main()
