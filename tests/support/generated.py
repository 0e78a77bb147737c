"""Hypothesis strategies for programs: syntactically valid text for every construct of the language.

The strategies make text with marks in it: SOFT stands where a line may go on, END between two statements. `laid_out`
replaces them by spaces, line ends, `;` and comments at will.
"""

from __future__ import annotations

from random import Random

from hypothesis import strategies as st

SOFT = "\x01"
END = "\x02"

_WORDS = (
    "a b total id_2 größe filter model by test label time source on from order desc log all text champion evaluation"
)
_QUOTED = ("`Monthly Charges`", '`a "b"`', "`if`", "`plain`", "`text`", "`x # y`", "`a\\nb`", "`1st`")

names = st.one_of(st.sampled_from(_WORDS.split()), st.sampled_from(_QUOTED))
refs = st.lists(names, min_size=1, max_size=3).map(".".join)
strings = st.sampled_from(
    [
        '"x"',
        '""',
        '"a # b"',
        r'"\n\t\"\\\u{e9}"',
        '"{run_date}"',
        '"""raw "x" text"""',
        '"""two\n  lines # no comment\n"""',
    ]
)
percents = st.sampled_from(["5%", "0.5%", "100%", "1_0%"])
durations = st.sampled_from(["90d", "1h30m", "500ms", "2w"])
numbers = st.sampled_from(["0", "42", "1_000", "0.5", "1e-3", "10.0"])
literals = st.one_of(
    numbers,
    percents,
    durations,
    strings,
    st.sampled_from(["true", "false", "null", "4Gi", "512Mi", "@2025-01-31", "@2025-01-31T10:00:00"]),
)


def listed(items: st.SearchStrategy[str], most: int = 3) -> st.SearchStrategy[str]:
    return st.lists(items, min_size=1, max_size=most).map(f",{SOFT}".join)


def lines(items: st.SearchStrategy[str], most: int = 3) -> st.SearchStrategy[str]:
    """A block of statements."""
    return st.lists(items, max_size=most).map(lambda found: "{" + END + END.join(found) + END + "}" if found else "{ }")


def joined(*parts: st.SearchStrategy[str] | str) -> st.SearchStrategy[str]:
    return st.tuples(*(st.just(part) if isinstance(part, str) else part for part in parts)).map("".join)


def maybe(*parts: st.SearchStrategy[str] | str) -> st.SearchStrategy[str]:
    return st.one_of(st.just(""), joined(*parts))


_operators = st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "??", "+", "-", "*", "/", "//", "%", "**", "and", "or"])


def _larger(smaller: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    bracketed = smaller.map(lambda text: f"({SOFT}{text}{SOFT})")
    window = joined(maybe("partition by ", listed(refs)), maybe(" order by ", sort_keys), maybe(" rows ", numbers))
    return st.one_of(
        joined(bracketed, " ", _operators, SOFT, bracketed),
        joined(refs, SOFT, st.sampled_from(["and", "or", "??"]), SOFT, bracketed),
        joined("not ", bracketed),
        joined("-", bracketed),
        joined("(if ", smaller, " then ", smaller, SOFT, "else ", smaller, ")"),
        joined(bracketed, " between ", numbers, SOFT, "and ", numbers),
        joined(bracketed, st.sampled_from([" in ", " not in "]), "(", listed(smaller), ")"),
        joined(bracketed, st.sampled_from([" is null", " is not null"])),
        joined(refs, " references ", refs),
        call(smaller),
        joined(call(smaller), " over (", SOFT, window, ")"),
        joined(refs, " over ", durations),
    )


def call(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    argument = st.one_of(values, joined(names, ": ", values))
    return joined(names, "(", SOFT, maybe(listed(argument)), SOFT, ")")


sort_keys = listed(joined(refs, maybe(" desc")))
expressions = st.recursive(st.one_of(refs, literals), _larger, max_leaves=6)
calls = call(expressions)
group = st.sampled_from(["all", "numeric", "categorical", "text", "temporal"])
columns = listed(st.one_of(refs, group, joined(group, " except (", listed(names), ")")))
values = st.one_of(expressions, joined(numbers, "..", numbers, maybe(" log")), joined(group, " except (", names, ")"))
options = joined(st.one_of(names, st.just("features")), ":", SOFT, listed(values))
bindings = joined(names, " =", SOFT, expressions)
types = st.sampled_from(
    ["int", "float?", 'enum("a", "b")', "vector(8)?", "string", 'enum("long name", "longer name", "x")']
)
fields = joined(names, ": ", types, st.sampled_from(["", " key", " key time", " sensitive"]), maybe(' from "raw"'))
schemas = lines(fields, 4)
clauses = st.lists(
    st.sampled_from([" for at least 95%", " else warn", " with confidence 95%", " for each plan"]),
    unique=True,
    max_size=2,
).map("".join)
expectations = joined("expect ", expressions, clauses)
resources = joined("resources ", lines(options))
steps = st.one_of(names, calls)
prepare = joined("prepare ", lines(joined(columns, ": ", steps, maybe(SOFT, "| ", steps))))

verbs = st.one_of(
    joined("filter ", expressions),
    joined("derive ", bindings),
    joined("derive ", lines(bindings)),
    joined(st.sampled_from(["select ", "drop "]), columns),
    joined("rename ", listed(joined(names, " to ", names))),
    joined(st.sampled_from(["", "left ", "full ", "semi ", "anti ", "asof "]), "join ", refs, " on ", expressions),
    joined("group by ", listed(refs), " ", lines(bindings)),
    joined("sort by ", sort_keys),
    joined(st.sampled_from(["take ", "sample "]), expressions),
    st.just("distinct"),
    joined("distinct on ", listed(refs)),
    joined("union ", refs),
    joined("predict with ", refs),
)

_model_parts = st.one_of(
    options,
    resources,
    prepare,
    joined("tune ", lines(options)),
    joined("algorithm ", st.one_of(refs, st.just('"sklearn.svm.NuSVC"'), calls), maybe(" ", lines(options))),
)
_goals = st.one_of(
    joined("predict ", names, " from ", refs), joined("cluster ", refs), joined("detect anomalies in ", refs)
)
_stages = joined(percents, maybe(" for ", durations))
_deploy_parts = st.one_of(
    options,
    resources,
    joined("require ", expressions, maybe(" with confidence 95%")),
    joined("rollout ", lines(_stages)),
    joined("rollback when ", expressions),
)
_monitor_parts = st.one_of(options, expectations, joined("on breach ", lines(steps)))
_sources = joined("source ", names, " =", SOFT, calls, maybe(" ", schemas))
_profile_parts = st.one_of(
    options, _sources, joined("param ", names, " = ", expressions), joined("resources ", names, " ", lines(options))
)

declarations = st.one_of(
    joined("pipeline ", names, maybe(" ", lines(options))),
    st.just('import "shared.ml"'),
    joined("param ", names, ": ", types, maybe(" =", SOFT, expressions)),
    _sources,
    joined("check ", refs, " ", lines(expectations)),
    joined("transform ", names, " = ", refs, " ", lines(verbs, 5)),
    joined("transform ", names, " = ", calls, maybe(" ", schemas)),
    joined("split ", names, " = ", refs, " ", lines(options)),
    joined("model ", names, " = ", _goals, maybe(" ", lines(_model_parts, 4))),
    joined("evaluate ", refs, " on ", refs, maybe(" ", lines(st.one_of(options, expectations)))),
    joined("deploy ", names, " = ", refs, " to ", calls, maybe(" ", lines(_deploy_parts, 4))),
    joined("monitor ", names, " = ", refs, " ", lines(_monitor_parts)),
    joined("profile ", names, " ", lines(_profile_parts)),
)
marked_programs = st.lists(declarations, max_size=4).map(END.join)

_SOFT_TEXTS = ("", " ", " ", " ", "\n    ", "  # why\n", "\n  # own line\n  ", "\t", "\r\n", "#\n#\n")
_END_TEXTS = (
    "\n",
    "\n",
    "\n",
    "\n",
    "; ",
    "\n\n\n",
    "  # behind\n",
    "\n  # own line\n",
    "\n## doc\n",
    " ;;\n\n# a\n# b\n\n",
    "\n;# lonely\n",
    ";# behind\r\n\r\n",
    "# tight\n\t; ",
)


def laid_out(text: str, random: Random) -> str:
    """Replace the marks at random; where nothing may stand between two words, a space stays."""
    found: list[str] = []
    for character in text:
        if character == SOFT:
            space = random.choice(_SOFT_TEXTS)
            found.append(space or " ")
        elif character == END:
            found.append(random.choice(_END_TEXTS))
        else:
            found.append(character)
    return "".join(found)


programs = st.builds(laid_out, marked_programs, st.randoms(use_true_random=False))
"""Valid programs, laid out in any way."""
