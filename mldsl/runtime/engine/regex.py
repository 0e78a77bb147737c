"""Regular expressions as RE2 reads them, put into the words of Rust's regex crate.

Where the two differ: RE2's `\\d \\w \\s \\b` are ASCII; in its classes `[`, `&&`, `--` and `~~` are plain; it has
`\\Q…\\E`; and it lets any punctuation be escaped. (https://github.com/google/re2/wiki/Syntax)
"""

from __future__ import annotations

from mldsl.runtime.errors import StepFailed

_CLASSES = {
    "d": "0-9",
    "w": "0-9A-Za-z_",
    "s": "\\t\\n\\f\\r ",
}
# Letters whose escape means the same in both.
_SAME = set("aftnrvAz")
_UNKNOWN = "RE2 does not know `\\{}`"


def translate(pattern: str) -> str:
    """The pattern for the regex crate. Raises StepFailed where RE2 would refuse it for its escapes."""
    out: list[str] = []
    at = 0
    while at < len(pattern):
        sign = pattern[at]
        if sign == "\\":
            text, at = _escape(pattern, at, in_class=False)
            out.append(text)
        elif sign == "[":
            text, at = _class(pattern, at)
            out.append(text)
        else:
            out.append(sign)
            at += 1
    return "".join(out)


def _escape(pattern: str, at: int, *, in_class: bool) -> tuple[str, int]:
    """What stands for the escape at `at`, and the index after it."""
    if at + 1 == len(pattern):
        raise _refused(pattern, "it ends in `\\`")
    sign = pattern[at + 1]
    if sign.lower() in _CLASSES:
        ranges = _CLASSES[sign.lower()]
        return (f"[^{ranges}]" if sign.isupper() else f"[{ranges}]"), at + 2
    if sign == "Q":
        end = pattern.find("\\E", at + 2)
        end = len(pattern) if end < 0 else end
        return "".join(map(_literal, pattern[at + 2 : end])), min(end + 2, len(pattern))
    if sign in "bB" and not in_class:
        return f"(?-u:\\{sign})", at + 2
    if sign in "01234567":
        return _octal(pattern, at)
    if sign in "pPx":
        return _braced(pattern, at)
    if sign.isalnum() and sign.isascii():
        if sign in _SAME:
            return f"\\{sign}", at + 2
        raise _refused(pattern, _UNKNOWN.format(sign))
    return _literal(sign), at + 2


def _octal(pattern: str, at: int) -> tuple[str, int]:
    end = at + 1
    while end < min(at + 4, len(pattern)) and pattern[end] in "01234567":
        end += 1
    if pattern[at + 1] != "0" and end - at < 3:
        raise _refused(pattern, f"RE2 has no backreferences (`{pattern[at:end]}`)")
    return f"\\x{{{int(pattern[at + 1 : end], 8):x}}}", end


def _braced(pattern: str, at: int) -> tuple[str, int]:
    """`\\pL`, `\\p{Greek}`, `\\x41`, `\\x{1F600}`: taken over whole."""
    start = at + 2
    if pattern[start : start + 1] == "{":
        end = pattern.find("}", start)
        if end < 0:
            raise _refused(pattern, f"`{pattern[at : start + 1]}` is never closed")
        return pattern[at : end + 1], end + 1
    end = start + (2 if pattern[at + 1] == "x" else 1)
    return pattern[at:end], end


def _class(pattern: str, at: int) -> tuple[str, int]:
    """A class in brackets, whose inner signs are plain but for `\\`, `-`, `^` at its start and `[:alpha:]`."""
    out, start = ["["], at
    at += 1
    if pattern[at : at + 1] == "^":
        out.append("^")
        at += 1
    first = True
    while at < len(pattern) and (pattern[at] != "]" or first):
        first = False
        if pattern[at] == "\\":
            text, at = _escape(pattern, at, in_class=True)
        elif pattern.startswith("[:", at) and (end := pattern.find(":]", at)) > 0:
            text, at = pattern[at : end + 2], end + 2
        elif pattern[at] == "-" and at - start > 0 and pattern[at - 1] != "-":
            text, at = "-", at + 1
        else:
            text, at = _literal(pattern[at]), at + 1
        out.append(text)
    if at == len(pattern):
        raise _refused(pattern, "a `[` is never closed")
    return "".join(out) + "]", at + 1


def _literal(sign: str) -> str:
    return f"\\{sign}" if sign in "\\.+*?()|[]{}^$#&-~" else sign


def _refused(pattern: str, why: str) -> StepFailed:
    return StepFailed(f"`{pattern}` is not a regular expression: {why}")
