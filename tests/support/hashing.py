"""The hash of rows as its definition says it, in plain Python."""

from __future__ import annotations

import struct
from datetime import date, datetime, timedelta

P, Q, NULL = 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x6A09E667F3BCC909
WORD = (1 << 64) - 1


def mix(word: int) -> int:
    word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9 & WORD
    word = (word ^ (word >> 27)) * 0x94D049BB133111EB & WORD
    return word ^ (word >> 31)


def hash_value(value: object) -> int:
    match value:
        case None:
            return NULL
        case bool() | int():
            return mix(int(value) & WORD)
        case float():
            return mix(struct.unpack("<Q", struct.pack("<d", value + 0.0))[0])
        case str() | bytes():
            data = value.encode() if isinstance(value, str) else value
            return mix(sum((byte + 1) * pow(P, i, 1 << 64) for i, byte in enumerate(data)) + len(data) * Q & WORD)
        case list():
            return mix(
                sum((hash_value(x) + 1) * pow(P, i, 1 << 64) for i, x in enumerate(value)) + len(value) * Q & WORD
            )
        case datetime():
            return mix((value - datetime(1970, 1, 1)) // timedelta(microseconds=1) & WORD)
        case date():
            return mix((value - date(1970, 1, 1)).days & WORD)
        case timedelta():
            return mix(value // timedelta(microseconds=1) & WORD)
    raise AssertionError(value)


def hash_row(values: list[object], seed: int) -> int:
    state = mix(seed & WORD)
    for value in values:
        state = mix(state * P + hash_value(value) & WORD)
    return state
