"""``/openapi``: the same description for people, as one plain page without a script (api-6)."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Document = Mapping[str, Any]

_STYLE = """
:root { color-scheme: light dark; --line: light-dark(#d9dee5, #2a313b); --quiet: light-dark(#5b6673, #9aa5b1);
  --soft: light-dark(#f4f6f8, #171c23); --accent: light-dark(#0b62c4, #6cb0ff); }
body { margin: 0 auto; max-width: 860px; padding: 24px 16px 64px; font: 15px/1.5 system-ui, sans-serif;
  background: light-dark(#ffffff, #0f1318); color: light-dark(#17202a, #e4e9ef); }
h1 { font-size: 22px; } h2 { font-size: 18px; margin-top: 40px; } h3 { font-size: 15px; margin: 0; }
a { color: var(--accent); } p { margin: 6px 0; } .quiet { color: var(--quiet); }
code, pre { font: 13px/1.5 ui-monospace, monospace; } pre { background: var(--soft); padding: 8px 12px;
  border-radius: 6px; overflow-x: auto; margin: 8px 0; }
details { border-top: 1px solid var(--line); }
summary { padding: 10px 0; cursor: pointer; overflow-wrap: anywhere; }
summary h3 { display: inline; font-weight: 600; } summary code { margin-left: 8px; }
.body { padding: 0 0 16px 16px; } section { margin-top: 24px; }
table { border-collapse: collapse; width: 100%; margin: 8px 0; } .wide { overflow-x: auto; }
td { vertical-align: top; padding: 4px 12px 4px 0; border-top: 1px solid var(--line); }
tr:first-child > * { border-top: 0; } td:first-child { width: 210px; overflow-wrap: anywhere; }
@media (max-width: 600px) { td:first-child { width: 130px; } .body { padding-left: 4px; } }
"""


def page(document: Document) -> str:
    """Return the page of a document of ``api.openapi``; all its texts are escaped."""
    title = escape(document["info"]["title"])
    groups = "".join(_group(document, tag["name"]) for tag in document["tags"])
    named = "".join(
        f'<section id="{escape(name)}"><h3>{escape(name)}</h3>{_shape(schema)}</section>'
        for name, schema in document["components"]["schemas"].items()
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title} for programs</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><main><h1>{title} for programs</h1>"
        f"<p>{_words(document['info']['description'])}</p>"
        '<p><a href="/openapi.json">openapi.json</a> says the same to programs. <a href="/">Charts</a></p>'
        f"{groups}<h2>Shapes</h2>{named}</main></body></html>"
    )


def _group(document: Document, name: str) -> str:
    parts = [
        _operation(method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if name in operation["tags"]
    ]
    return f"<h2>{escape(name)}</h2>{''.join(parts)}"


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> str:
    return (
        f'<details id="{escape(operation["operationId"])}"><summary><h3>{escape(operation["summary"])}</h3>'
        f"<code>{method.upper()} {escape(path)}</code></summary>"
        f'<div class="body">{"".join(_inside(method, path, operation))}</div></details>'
    )


def _inside(method: str, path: str, operation: Mapping[str, Any]) -> Iterator[str]:
    if "description" in operation:
        yield f"<p>{_words(operation['description'])}</p>"
    yield f"<pre>{escape(_example(method, path, operation))}</pre>"
    if operation["parameters"]:
        rows = [(p["name"], p["description"], _kind(p["schema"])) for p in operation["parameters"]]
        yield _table(rows)
    if "requestBody" in operation:
        ((_, content),) = operation["requestBody"]["content"].items()
        yield f"<p>Body:</p>{_shape(content['schema'])}"
    for status, answer in operation["responses"].items():
        yield f"<p><b>{status}</b> {_words(answer['description'])}</p>"
        if status.startswith("2"):
            yield _table(
                [
                    (name, header["description"], "header")
                    for name, header in answer.get("headers", {}).items()
                ]
            )
            yield "".join(_shape(content["schema"]) for content in answer.get("content", {}).values())


def _example(method: str, path: str, operation: Mapping[str, Any]) -> str:
    """Return a call to copy."""
    asked: dict[str, Any] = {}
    for parameter in operation["parameters"]:
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", str(parameter["example"]))
        elif parameter["required"] or parameter["name"] == "range":
            asked[parameter["name"]] = parameter["example"]
    query = f"?{urlencode(asked)}" if asked else ""
    verb = "" if method == "get" else f"-X {method.upper()} "
    call = f"curl {verb}'http://127.0.0.1:8050{path}{query}'"
    if "requestBody" in operation:
        ((kind, content),) = operation["requestBody"]["content"].items()
        is_json = kind == "application/json"
        body = f"-d '{orjson.dumps(content['example']).decode()}'" if is_json else f"-T {content['example']}"
        call += f" \\\n  -H 'Content-Type: {kind}' {body}"
    return call


def _shape(schema: Mapping[str, Any]) -> str:
    """Return the members of an object as a table, of anything else its kind."""
    if "properties" not in schema:
        return f"<p>{_kind(schema)}</p>"
    required = schema.get("required", ())
    rows = [
        (name, inner.get("description", ""), _kind(inner) + ("" if name in required else ", may be left out"))
        for name, inner in schema["properties"].items()
    ]
    return _table(rows)


def _kind(schema: Mapping[str, Any]) -> str:
    """Return what values a schema has, in a few words of HTML."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rsplit("/", 1)[-1])
        return f'<a href="#{name}">{name}</a>'
    if "allOf" in schema:
        return " with ".join(_kind(part) for part in schema["allOf"])
    if "enum" in schema:
        usual = f" (default {schema['default']})" if "default" in schema else ""
        return escape(", ".join(schema["enum"]) + usual)
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'])}"
    return _object_or_value(schema)


def _object_or_value(schema: Mapping[str, Any]) -> str:
    if "properties" in schema:
        return "{ " + ", ".join(f"{escape(n)}: {_kind(s)}" for n, s in schema["properties"].items()) + " }"
    if "additionalProperties" in schema:
        return f"by name: {_kind(schema['additionalProperties'])}"
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    names = [schema.get("format", kind) if kind == "string" else kind for kind in kinds]
    bounds = [f"{word} {schema[key]}" for key, word in _BOUNDS.items() if key in schema]
    return escape(", ".join([" or ".join(names), *bounds]))


_BOUNDS = {"minimum": "from", "maximum": "to", "maxLength": "at most", "default": "default"}


def _table(rows: list[tuple[str, str, str]]) -> str:
    """Return a table of names, with a text and, as HTML already, what values each has."""
    cells = "".join(
        f"<tr><td><code>{escape(name)}</code></td>"
        f'<td>{_words(about)} <span class="quiet">{kind}</span></td></tr>'
        for name, about, kind in rows
    )
    return f'<div class="wide"><table>{cells}</table></div>' if rows else ""


def _words(text: str) -> str:
    """Return a text as HTML; what stands between backticks is code."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if n % 2 else part for n, part in enumerate(parts))
