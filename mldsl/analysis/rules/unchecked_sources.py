"""ML701: a source whose data nothing is expected of.

A source that nothing uses is ML109 alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from mldsl.analysis.rules.subject import Subject
from mldsl.diagnostics.model import Diagnostic
from mldsl.syntax import tree


def look(subject: Subject) -> Iterator[Diagnostic]:
    """One warning for each source, at its name."""
    checked = {item.table.parts[0].text for item in subject.declarations if isinstance(item, tree.Check)}
    checked.update(subject.files.unread)
    used = subject.context.scope.used
    for source in subject.context.scope.of_kind(tree.Source):
        name = source.name
        if name.text in used and name.text not in checked and not subject.suggested(name.text):
            help_ = f"say what must hold: `check {name.span.text} {{ expect rows() > 0 }}`"
            yield Diagnostic("ML701", f"no check looks at the source `{name.text}`", name.span, help=help_)
