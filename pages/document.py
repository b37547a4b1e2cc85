"""The HTML document that everything loads into: what a browser can know and paint before a script has run.

Promise: the colour scheme stands before the first paint, a skeleton of the page is painted by CSS alone, and
every inline script is named in ``script_hashes`` for the Content-Security-Policy.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import dash
import plotly
from dash import Dash
from dash.fingerprint import build_fingerprint
from flask import has_request_context, request

from pages.vendored import PLOTLY, address

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

NAME: Final = "Chandlery"
_DESCRIPTION: Final = (
    "Candlestick charts that answer at once, and say where every price came from and how old it is."
)
_NO_SCRIPT: Final = f"{NAME} draws its charts with JavaScript. Please switch it on for this page."
_TITLES: Final = {"": "", "track-record": "Track record", "system": "System"}
_TICKER: Final = re.compile(r"[A-Za-z0-9.^=-]{1,15}")
_COLOURS: Final = {"light": "#ffffff", "dark": "#0f1318"}
_PLOTLY: Final = "package_data/plotly.min.js"
# What Dash loads when a graph is first rendered. Run earlier, it waits in webpack's list until it is needed.
_GRAPH: Final = "dcc/async-graph.js"

# Mantine keeps a person's choice under this key; without one the system decides (MantineProvider "auto").
_SCHEME_SCRIPT: Final = """(function () {
  var chosen = 'auto';
  try { chosen = localStorage.getItem('mantine-color-scheme-value') || chosen; } catch (blocked) {}
  if (chosen !== 'light' && chosen !== 'dark') {
    chosen = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  }
  document.documentElement.setAttribute('data-mantine-color-scheme', chosen);
})();"""

# Dash asks for plotly.js when a graph is rendered, which is late, and awaits window.Plotly if there is one.
# A promise of it lets the browser fetch and compile the largest file beside everything else. The first source
# that works counts; when none does, Dash asks for its own once more.
_PLOTLY_SCRIPT: Final = """window.Plotly = new Promise(function (arrived, failed) {
  var sources = %s;
  function next() {
    if (!sources.length) { window.Plotly = undefined; return failed(new Error('plotly.js did not come')); }
    var script = document.createElement('script');
    script.src = sources.shift();
    script.onload = function () { if (window.Plotly.react) arrived(); else next(); };
    script.onerror = next;
    document.head.appendChild(script);
  }
  next();
});"""

_CHART_SKELETON: Final = """<div class="skeleton" aria-hidden="true">
      <div class="skeleton-header"><i></i><i></i></div>
      <div class="skeleton-toolbar"><i></i><i></i><i></i></div>
      <div class="skeleton-plot"><div class="skeleton-prices"></div><div class="skeleton-times"></div></div>
      <div class="skeleton-status"><i></i></div>
    </div>"""
_SYSTEM_SKELETON: Final = """<div class="skeleton" aria-hidden="true">
      <div class="skeleton-header"><i></i><i></i></div>
      <div class="skeleton-system"><i></i><i></i><i></i></div>
    </div>"""
_LIST_SKELETON: Final = """<div class="skeleton" aria-hidden="true">
      <div class="skeleton-header"><i></i><i></i></div>
      <div class="skeleton-track"><i></i><i></i><i></i></div>
    </div>"""
_SKELETONS: Final = (
    (re.compile(""), _CHART_SKELETON, True),
    (re.compile("system/?"), _SYSTEM_SKELETON, True),
    (re.compile("track-record/?"), _LIST_SKELETON, False),
    (re.compile("track-record/[^/]+/?"), _LIST_SKELETON, True),
    (re.compile("track-record/[^/]+/[^/]+/?"), _CHART_SKELETON, True),
)
"""Paths below the app's own: what is painted before their page comes, and whether it has plots."""


_WITH_GRID: Final = re.compile("track-record/[^/]+/?")
_GRID_SCRIPT: Final = re.compile(r'<script src="[^"]*/dash_ag_grid/[^"]*"></script>\s*')
"""Dash has every page load the scripts of every component that any page has; this one is 1.3 MB."""


class Document(Dash):
    """A Dash app with a document of its own; everything else is Dash's."""

    def interpolate_index(self, *_: Any, **parts: Any) -> str:  # noqa: ANN401 - Dash's signature
        """Return the document for the address that is asked for, from the parts that Dash made."""
        path, query = (request.path, request.args) if has_request_context() else ("/", {})
        place = path.removeprefix(self.config.requests_pathname_prefix)
        skeleton, plots = _skeleton(place)
        if not _WITH_GRID.fullmatch(place):
            parts["scripts"] = _GRID_SCRIPT.sub("", parts["scripts"])
        return _document(
            parts,
            title=_title(place, query) if skeleton else f"No such page · {NAME}",
            icons=[self._asset("favicon.ico"), self._asset("favicon.svg")],
            scripts=[*(_plot_scripts(self) if plots else ()), f"<script>{_SCHEME_SCRIPT}</script>"],
            skeleton=skeleton,
        )

    def _asset(self, name: str) -> str:
        modified = (Path(self.config.assets_folder) / name).stat().st_mtime
        return f"{self.get_asset_url(name)}?m={modified}"


def script_hashes(app: Dash) -> list[str]:
    """Return the CSP sources of every inline script of the document, Dash's own among them."""
    return [*app.csp_hashes(), *map(_csp_hash, (_SCHEME_SCRIPT, _plotly_script(app)))]


def _skeleton(path: str) -> tuple[str, bool]:
    """Return what is painted before the page at a path comes, and whether that page has plots."""
    return next(((said, plots) for at, said, plots in _SKELETONS if at.fullmatch(path)), ("", False))


def _plot_scripts(app: Dash) -> list[str]:
    """Return the elements that fetch what a plot needs while everything else is fetched."""
    chunk = _bundle(app.config.requests_pathname_prefix, dash, _GRAPH)
    return [f"<script>{_plotly_script(app)}</script>", f'<script async src="{escape(chunk)}"></script>']


def _plotly_script(app: Dash) -> str:
    """Return the script that fetches plotly.js early: the small one, or else the whole of it."""
    prefix = app.config.requests_pathname_prefix
    return _PLOTLY_SCRIPT % json.dumps([address(PLOTLY, prefix), _bundle(prefix, plotly, _PLOTLY)])


def _bundle(prefix: str, package: ModuleType, path: str) -> str:
    """Return the address of a package's script that is kept for good, made as Dash makes it."""
    modified = int((Path(str(package.__file__)).parent / path).stat().st_mtime)
    name = build_fingerprint(path, package.__version__, modified)
    return f"{prefix}_dash-component-suites/{package.__name__}/{name}"


def _csp_hash(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def _title(place: str, query: Mapping[str, Any]) -> str:
    """Return the title of a page; the chart's is the ticker of its link, as chart.js writes it later on."""
    section = _TITLES[place.split("/", maxsplit=1)[0]]
    ticker = str(query.get("t", ""))
    if not place and _TICKER.fullmatch(ticker):
        section = ticker.upper()
    return f"{section} · {NAME}" if section else NAME


def _document(
    parts: Mapping[str, str], *, title: str, icons: list[str], scripts: list[str], skeleton: str
) -> str:
    """Put the document together.

    Inline scripts come before the style sheets: a script waits for every sheet above it.
    """
    colours = "\n    ".join(
        f'<meta name="theme-color" media="(prefers-color-scheme: {scheme})" content="{colour}">'
        for scheme, colour in _COLOURS.items()
    )
    ico, svg = map(escape, icons)
    first = "\n    ".join(scripts)
    return f"""<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover">
    <title>{escape(title)}</title>
    <meta name="description" content="{escape(_DESCRIPTION)}">
    <meta name="color-scheme" content="light dark">
    {colours}
    {first}
    <link rel="icon" href="{ico}" sizes="32x32">
    <link rel="icon" href="{svg}" type="image/svg+xml" sizes="any">
    {parts["css"]}
  </head>
  <body>
    <noscript><p class="noscript">{_NO_SCRIPT}</p></noscript>
    {skeleton}
    <div id="react-entry-point"></div>
    <footer>
      {parts["config"]}
      {parts["scripts"]}
      {parts["renderer"]}
    </footer>
  </body>
</html>
"""
