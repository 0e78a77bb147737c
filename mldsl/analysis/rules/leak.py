"""What a rule on leakage finds."""

from __future__ import annotations

from collections.abc import Hashable

from mldsl.diagnostics.model import Diagnostic
from mldsl.records import record


@record
class Leak:
    """A diagnostic, and the mistakes that it is about: another rule's finding about one of them stays silent."""

    diagnostic: Diagnostic
    about: tuple[Hashable, ...] = ()
