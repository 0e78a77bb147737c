"""Encodings of text, as programs name them."""

from __future__ import annotations

import codecs

from mldsl.runtime.errors import StepFailed


def encoding(name: str) -> str:
    """Python's name of an encoding of text; StepFailed where there is none."""
    try:
        found = codecs.lookup(name)
    except LookupError:
        found = None
    # Python also knows codecs that are no encodings of text, such as `base64`.
    if found is None or not getattr(found, "_is_text_encoding", True):
        raise StepFailed(f"there is no encoding `{name}`", 'write `encoding: "utf-8"`, "latin-1", "cp1252" …') from None
    return found.name
