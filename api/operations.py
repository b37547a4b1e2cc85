"""What a route is, said once: its address for Flask, and its description for ``/openapi.json`` (api-6).

A module of routes declares an ``Operation`` for each and gives it a view; so no route goes undescribed.
Schemas are JSON Schema, as OpenAPI 3.1 has it; ``ref`` names one of ``api.schemas``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Blueprint

    from api.frame import View

Schema = dict[str, Any]
Method = Literal["GET", "POST", "PUT", "DELETE"]
_PLACEHOLDER = re.compile(r"<(\w+)>")


@dataclass(frozen=True, slots=True)
class Parameter:
    """Something that an address takes.

    Attributes:
        name: as it is written.
        about: what it means, a sentence.
        schema: which values it has; ``default`` in it where it may be left out.
        example: a valid value.
        where: in the query, or in the path.
        required: whether it must be given.
    """

    name: str
    about: str
    schema: Schema
    example: object
    where: Literal["query", "path"] = "query"
    required: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address.

    Attributes:
        method: of HTTP.
        rule: the address as Flask writes it.
        name: the endpoint, unique; its words are joined by "_".
        group: under which heading it stands.
        summary: what it does, a few words.
        answer: schema of the body of a success; None where it has none.
        status: of a success.
        about: further sentences.
        parameters: of the query; those of the path follow from the rule.
        body: schema of the body that it takes.
        body_example: a valid one; of a body that is no JSON, the name of a file.
        body_type: its content type; what is no JSON is taken whatever it is called.
        errors: other statuses that it may answer with, beside those that all do.
        also: another status of a success, where there is one; its answer has the same shape.
        headers: of a success, by name, each with what it says.
        content_type: of a success.
        is_open: whether it answers without a token, too.
    """

    method: Method
    rule: str
    name: str
    group: str
    summary: str
    answer: Schema | None
    status: int = 200
    about: str = ""
    parameters: tuple[Parameter, ...] = ()
    body: Schema | None = None
    body_example: object = None
    body_type: str = "application/json"
    errors: tuple[int, ...] = ()
    also: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    is_open: bool = False

    @property
    def path(self) -> str:
        """The address as OpenAPI writes it."""
        return _PLACEHOLDER.sub(r"{\1}", self.rule)

    @property
    def placeholders(self) -> tuple[str, ...]:
        """What the path takes, in its order."""
        return tuple(_PLACEHOLDER.findall(self.rule))

    def join(self, routes: Blueprint, view: View) -> None:
        """Give the address a view."""
        routes.add_url_rule(self.rule, self.name, view, methods=[self.method])


def ref(name: str) -> Schema:
    """Return the reference to a named schema."""
    return {"$ref": f"#/components/schemas/{name}"}


def one_of(values: tuple[str, ...], default: str | None = None) -> Schema:
    """Return the schema of a choice."""
    schema: Schema = {"type": "string", "enum": list(values)}
    return schema if default is None else schema | {"default": default}


def array(items: Schema) -> Schema:
    """Return the schema of a list."""
    return {"type": "array", "items": items}


def record(properties: Mapping[str, Schema], *, optional: tuple[str, ...] = ()) -> Schema:
    """Return the schema of an object that has these properties, all but the optional ones for sure."""
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": dict(properties), "required": required}


TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
WHOLE: Schema = {"type": "integer"}
DAY: Schema = {"type": "string", "format": "date"}
INSTANT: Schema = {"type": "string", "format": "date-time"}
YES_OR_NO: Schema = {"type": "boolean"}


def or_null(schema: Schema) -> Schema:
    """Return the schema of a value that may be missing."""
    return schema | {"type": [schema["type"], "null"]}
