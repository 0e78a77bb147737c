"""Text as values, on Polars: what does not fit becomes null, and the caller says so.

White space around a value does not count. Used by casts and by the connectors of text files alike.
"""

from __future__ import annotations

import polars as pl

_DATE = r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_TIME = r"([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9])(?:[.,]([0-9]{1,9}))?)?"
_OFFSET = r"(Z|z|[+-][0-9]{2}(?::?[0-9]{2})?)"
_DATETIME = rf"^({_DATE})(?:[Tt ]{_TIME} ?{_OFFSET}?)?$"
_PLAIN = rf"^{_DATE}[T ](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{{1,9}})?$"
_TRUE, _FALSE = ["true", "1", "yes"], ["false", "0", "no"]
_DURATION = r"^-?(?:[0-9]+w)?(?:[0-9]+d)?(?:[0-9]+h)?(?:[0-9]+m)?(?:[0-9]+s)?(?:[0-9]+ms)?(?:[0-9]+us)?$"
_UNITS = {
    "w": 604_800_000_000,
    "d": 86_400_000_000,
    "h": 3_600_000_000,
    "m": 60_000_000,
    "s": 1_000_000,
    "ms": 1_000,
    "us": 1,
}
# Directives of strftime that say what time of day it is, and that say which zone.
_CLOCK = ("%H", "%I", "%M", "%S", "%T", "%R", "%f", "%.f", "%p", "%X", "%c", "%s")
_MINUTES = ("%M", "%T", "%R", "%X", "%c", "%s", "%r")
_ZONE = ("%z", "%:z", "%#z")


def parse_int(text: pl.Expr) -> pl.Expr:
    """Digits with a sign or without."""
    return text.str.strip_chars().cast(pl.Int64, strict=False)


def parse_float(text: pl.Expr) -> pl.Expr:
    """A decimal number; NaN and infinities come as they are, for the caller to make null of."""
    return text.str.strip_chars().cast(pl.Float64, strict=False)


def parse_bool(text: pl.Expr) -> pl.Expr:
    """true/false, 1/0, yes/no in any case."""
    text = text.str.strip_chars().str.to_lowercase()
    return pl.when(text.is_in(_TRUE)).then(pl.lit(True)).when(text.is_in(_FALSE)).then(pl.lit(False))


def parse_date(text: pl.Expr, layout: str | None = None) -> pl.Expr:
    """A date in ISO 8601, or by a layout of strftime."""
    text = text.str.strip_chars()
    if layout is not None:
        if _has(layout, _CLOCK):
            moment = parse_datetime(text, layout)
            return pl.when(moment == moment.dt.truncate("1d")).then(moment.dt.date())
        return text.str.to_date(chrono(layout), strict=False)
    return pl.when(text.str.contains(f"^{_DATE}$")).then(text.str.to_date("%Y-%m-%d", strict=False))


def parse_datetime(text: pl.Expr, layout: str | None = None) -> pl.Expr:
    """A datetime in ISO 8601, or by a layout of strftime; in UTC. A date alone is its midnight.

    Digits beyond the microseconds are cut off.
    """
    text = text.str.strip_chars()
    if layout is not None:
        return _by_layout(text, layout)
    plain = pl.when(text.str.contains(_PLAIN)).then(text.str.replace(" ", "T", literal=True))
    quick = plain.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", time_unit="us", strict=False)
    return pl.coalesce(quick, _any_datetime(pl.when(quick.is_null()).then(text))).dt.replace_time_zone("UTC")


def _any_datetime(text: pl.Expr) -> pl.Expr:
    """ISO 8601 in all its forms; four times as slow as the plain one."""
    part = text.str.extract_groups(_DATETIME)
    day, hour, minute, second, fraction, offset = (part.struct.field(str(index)) for index in range(1, 7))
    midnight = day.str.to_date("%Y-%m-%d", strict=False).cast(pl.Datetime("us"))
    clock = sum_of((hour, 3_600_000_000), (minute, 60_000_000), (second, 1_000_000))
    micros = fraction.str.slice(0, 6).str.pad_end(6, "0").cast(pl.Int64, strict=False).fill_null(0)
    return (midnight.cast(pl.Int64) + clock + micros - _offset_micros(offset)).cast(pl.Datetime("us"))


def parse_duration(text: pl.Expr) -> pl.Expr:
    """A length as the language writes it, `1h30m`."""
    text = text.str.strip_chars()
    pairs = [(text.str.extract(rf"([0-9]+){unit}(?:[0-9]|$)"), size) for unit, size in _UNITS.items()]
    micros = sum_of(*pairs)
    sign = pl.when(text.str.starts_with("-")).then(pl.lit(-1)).otherwise(pl.lit(1))
    fits = text.str.contains(_DURATION) & text.str.contains(r"[0-9]")
    return pl.when(fits).then(micros * sign).cast(pl.Duration("us"))


def sum_of(*pairs: tuple[pl.Expr, int]) -> pl.Expr:
    """The sum of texts of digits, each times its factor; a missing text counts as 0."""
    total = pl.lit(0, dtype=pl.Int64)
    for text, factor in pairs:
        total = total + text.cast(pl.Int64, strict=False).fill_null(0) * factor
    return total


def _by_layout(text: pl.Expr, layout: str) -> pl.Expr:
    if not _has(layout, _CLOCK):
        return text.str.to_date(chrono(layout), strict=False).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    if not _has(layout, _MINUTES):  # hours alone are refused
        text, layout = text + pl.lit(" 00"), f"{layout} %M"
    parsed = text.str.to_datetime(
        chrono(layout), time_unit="us", time_zone="UTC" if _has(layout, _ZONE) else None, strict=False
    )
    return parsed if _has(layout, _ZONE) else parsed.dt.replace_time_zone("UTC")


def chrono(layout: str) -> str:
    """A layout as chrono reads it: its `%f` are nanoseconds, and `%.f` a fraction of any length."""
    return layout.replace(".%f", "%.f").replace("%f", "%6f")


def _has(layout: str, directives: tuple[str, ...]) -> bool:
    return any(directive in layout for directive in directives)


def _offset_micros(offset: pl.Expr) -> pl.Expr:
    digits = offset.str.replace_all(":", "", literal=True)
    minutes = digits.str.slice(1, 2).cast(pl.Int64, strict=False).fill_null(0) * 60 + digits.str.slice(3, 2).cast(
        pl.Int64, strict=False
    ).fill_null(0)
    return pl.when(digits.str.starts_with("-")).then(-minutes).otherwise(minutes) * 60_000_000
