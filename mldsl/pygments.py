"""A lexer for Pygments, so that documentation shows programs in colour; its name there is `mldsl`."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from pygments.lexer import RegexLexer, bygroups, using
from pygments.lexers.sql import SqlLexer
from pygments.token import Comment, Error, Keyword, Literal, Name, Number, Operator, Punctuation, String, Whitespace

from mldsl.catalog.vocabulary import ROLES, TYPE_NAMES

__all__ = ["MldslLexer"]

_NAME = r"(?:[^\W\d]\w*|`(?:[^`\\\n]|\\[^\n])*`)"
# Where a statement begins: most words are keywords there alone.
_START = r"((?:^|(?<=[{;]))[^\S\n]*)"
# Behind a keyword no sign follows that makes it an option's name, a binding's or a member's.
_ALONE = r"\b(?!\s*[:=,.])"
_DECLARATIONS = r"pipeline|param|source|transform|split|model|deploy|monitor|profile"
_VERBS = (
    r"(?:left|full|semi|anti|asof)\s+join|join|group\s+by|sort\s+by|predict\s+with|filter|derive|select|drop|rename"
    r"|take|distinct|union|sample"
)
_STATEMENTS = r"check|evaluate|import|expect|require|algorithm|rollback\s+when|on\s+breach"
_BLOCKS = r"prepare|tune|rollout|resources"
_WORDS = (
    r"partition\s+by|order\s+by|with\s+confidence|for\s+at\s+least|for\s+each|detect\s+anomalies"
    r"|except(?=\s*\()|rows(?=\s+\d)"
)
_MLDSL = re.compile(rf"^(?:pipeline\s+{_NAME}\s*(?:\{{|#|;|$)|source\s+{_NAME}\s*=\s*\w+\()", re.MULTILINE)
_TYPES = "|".join(TYPE_NAMES)
_ROLES = "|".join(ROLES)


class MldslLexer(RegexLexer):
    """Programs in mldsl. `.ml` is OCaml's ending too: of a file that ends so, the text decides."""

    name = "mldsl"
    aliases: ClassVar[list[str]] = ["mldsl"]
    alias_filenames: ClassVar[list[str]] = ["*.ml"]
    mimetypes: ClassVar[list[str]] = ["text/x-mldsl"]
    flags = re.MULTILINE

    tokens: ClassVar[dict[str, Any]] = {
        "root": [
            (rf"{_START}({_DECLARATIONS})(\s+)({_NAME})(?=\s*(?:[={{:#;]|$))",
             bygroups(Whitespace, Keyword.Declaration, Whitespace, Name.Class)),
            (rf"{_START}({_STATEMENTS}|{_VERBS}){_ALONE}", bygroups(Whitespace, Keyword)),
            (rf"{_START}({_BLOCKS})(?=[^\n:={{]*\{{)", bygroups(Whitespace, Keyword)),
            (rf"({_NAME})(\s*)(:)(\s*)({_TYPES})\b(\??)",
             bygroups(Name.Attribute, Whitespace, Punctuation, Whitespace, Keyword.Type, Operator)),
            (rf"(?<=[\w)?])([^\S\n]+)({_ROLES})(?=[^\S\n]*(?:$|[#;}}]|from\b|(?:{_ROLES})\b))",
             bygroups(Whitespace, Name.Decorator)),
            (r"\n|[^\S\n]+", Whitespace),
            (r"##.*$", Comment.Special),
            (r"#.*$", Comment.Single),
            (rf"({_NAME})(\s*)(:)", bygroups(Name.Attribute, Whitespace, Punctuation)),
            (r'(sql)(\s*)(\()(\s*)(""")((?:[^"]|"{1,2}(?!"))*)(""")',
             bygroups(Name.Function, Whitespace, Punctuation, Whitespace, String, using(SqlLexer), String)),
            (r'"""(?:[^"]|"{1,2}(?!"))*"""', String),
            (r'"(?:[^"\\\n]|\\[^\n])*"', String.Double),
            (r"`(?:[^`\\\n]|\\[^\n])*`", Name.Variable),
            (r"@\d{4}-\d\d-\d\d(?:T[\d:.]+Z?)?", Literal.Date),
            (r'\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d+)?%(?![\w"`(@])', Number),
            (r"(?:\d[\d_]*(?:w|d|h|ms|us|m|s))+(?!\w)|\d[\d_]*[KMGT]i(?!\w)", Number),
            (r"\d[\d_]*(?:\.\d[\d_]*(?:[eE][+-]?\d+)?|[eE][+-]?\d+)(?!\w)", Number.Float),
            (r"\d[\d_]*(?!\w|\.\d)", Number.Integer),
            (r"(?:true|false|null)\b", Keyword.Constant),
            (r"(?:and|or|not|in|is|between|over|references)\b", Operator.Word),
            (rf"(?:if|then|else|{_WORDS})\b", Keyword),
            (r"(?<=\s)(?:on|to|from|with|for|by|desc|log|predict|cluster)\b(?!\s*[:=,.(])", Keyword),
            (r"[^\W\d]\w*(?=\()", Name.Function),
            (r"[^\W\d]\w*", Name),
            (r"\.\.|==|!=|<=|>=|<|>|\?\?|\?|\*\*|//|[-+*/%=|]", Operator),
            (r"[{}(),.;:]", Punctuation),
            (r".", Error),
        ],
    }  # fmt: skip

    @staticmethod
    def analyse_text(text: str) -> float:
        """How sure it is that a text is mldsl's."""
        return 0.9 if _MLDSL.search(text) else 0.0
