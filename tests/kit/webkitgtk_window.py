#!/usr/bin/python3
"""A bare WebKitGTK window for WebKitWebDriver: no toolbar, so the page is as wide as the window, even 375 px.

Runs in the system's Python, because PyGObject is there. Everything the console says is kept in
``window.testConsole`` from the document's start, since WebKitWebDriver has no log. ``--dark`` and
``--reduced-motion`` set what the page's media queries see.
"""

from __future__ import annotations

import sys
from typing import Any

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("WebKit2", "4.1")
from gi.repository import Gtk, WebKit2  # noqa: E402 - the versions must be chosen first

KEEP_CONSOLE = """(() => {
  const kept = (window.testConsole = []);
  const text = (value) => (value instanceof Error ? String(value) : typeof value === 'string' ? value
    : JSON.stringify(value));
  for (const kind of ['warn', 'error']) {
    const say = console[kind];
    console[kind] = function (...values) {
      kept.push(`${kind}: ${values.map(text).join(' ')}`);
      return say.apply(this, values);
    };
  }
  addEventListener('error', (event) => {
    kept.push(`uncaught: ${event.message || (event.target && (event.target.src || event.target.href))}`);
  }, true);
  addEventListener('unhandledrejection', (event) => kept.push(`uncaught: ${event.reason}`));
  addEventListener('securitypolicyviolation', (event) => kept.push(`policy: ${event.violatedDirective}`));
})()"""


def new_view(context: Any) -> Any:
    """Return a page in a window of its own, under automation."""
    view = WebKit2.WebView(web_context=context, is_controlled_by_automation=True)
    script = WebKit2.UserScript.new(
        KEEP_CONSOLE,
        WebKit2.UserContentInjectedFrames.TOP_FRAME,
        WebKit2.UserScriptInjectionTime.START,
        None,
        None,
    )
    view.get_user_content_manager().add_script(script)
    window = Gtk.Window()
    window.set_decorated(False)
    window.set_default_size(1280, 800)
    window.add(view)
    window.show_all()
    view.grab_focus()
    view.connect("close", lambda _view: window.destroy())
    return view


def on_automation(context: Any, session: Any) -> None:
    """Introduce this browser and open a view when the driver asks for one."""
    info = WebKit2.ApplicationInfo()
    # The name that Selenium's WebKitGTK driver asks for.
    info.set_name("MiniBrowser")
    info.set_version(WebKit2.get_major_version(), WebKit2.get_minor_version(), WebKit2.get_micro_version())
    session.set_application_info(info)
    session.connect("create-web-view", lambda _session: new_view(context))


def main() -> None:
    """Wait for the driver."""
    look = Gtk.Settings.get_default()
    look.set_property("gtk-application-prefer-dark-theme", "--dark" in sys.argv)
    look.set_property("gtk-enable-animations", "--reduced-motion" not in sys.argv)
    # A blinking caret would be in one picture and not in the next.
    look.set_property("gtk-cursor-blink", False)  # noqa: FBT003 - so GTK has it
    context = WebKit2.WebContext.new_ephemeral()
    context.set_preferred_languages(["en-US"])
    context.set_automation_allowed(True)
    context.connect("automation-started", on_automation)
    Gtk.main()


if __name__ == "__main__":
    main()
