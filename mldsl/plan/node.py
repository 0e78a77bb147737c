"""What the parts of a plan have in common: immutable records that are made by name, and read from documents.

Making a plan validates nothing: the compiler's own types see to that. pydantic reads plans that come from outside
(`mldsl.plan.document`), so that whoever only compiles, or finds every result in the store, never imports it.
"""

from __future__ import annotations

from dataclasses import Field
from typing import Annotated, Any, ClassVar

from mldsl.records import record


class Node:
    """The base of all of them."""

    __slots__ = ()
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]] = {}
    # For pydantic: nothing unknown is let in.
    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid"}


@record
class Tagged:
    """Marks a union whose members a document tells apart by the field `name`."""

    name: str

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:  # noqa: ANN401 - pydantic's protocol
        """See pydantic: the same as `Field(discriminator=name)`, which would have to be imported."""
        import pydantic

        return handler(Annotated[source, pydantic.Field(discriminator=self.name)])
