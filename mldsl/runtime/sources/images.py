"""Pictures, a file each. The column `image` holds the file's bytes as they are: decoding is a matter of `prepare`."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING

import pyarrow as pa

from mldsl.runtime.sources.one_each import UnreadableError, read_each
from mldsl.runtime.sources.parts import Part, Reading

if TYPE_CHECKING:
    from PIL import Image

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM")
"""What counts as a picture; Pillow knows more, some of them (EPS) by starting other programs."""

_HELP = f'read are {", ".join(FORMATS)}; mend or remove the files, or name the right ones: "photos/*/*.png"'


def read(reading: Reading) -> list[Part]:
    """Every picture is decoded once, so that a damaged one is found here and not in the middle of a training."""
    return read_each(reading, "image", pa.large_binary(), _checked, "pictures", _HELP)


def decoded(data: bytes) -> Image.Image:
    """The picture in a file's bytes, loaded whole (the first frame of several); raises UnreadableError."""
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(data), formats=FORMATS)
            image.load()
    except UnidentifiedImageError:
        raise UnreadableError("the file is empty" if not data else "it is no picture") from None
    except Exception as error:  # Pillow's decoders raise all kinds of errors over damaged data
        text = " ".join(str(error).split()) or type(error).__name__
        raise UnreadableError(f"it is damaged ({text})") from error
    return image


def _checked(data: bytes) -> bytes:
    decoded(data)
    return data
