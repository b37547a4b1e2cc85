"""Make the pictures of the README from the running app: ``python -m tools.pictures``."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Literal

from playwright.sync_api import sync_playwright

from tests.kit.app_process import ROOT, AppProcess
from tests.kit.browser_paths import ARGUMENTS, chromium
from tests.kit.chart_page import ChartPage

FOLDER = ROOT / "docs/pictures"
PICTURES: dict[str, tuple[str, Literal["light", "dark"], tuple[int, int]]] = {
    "chart-light.png": ("?t=AAPL&range=1Y", "light", (1280, 720)),
    "chart-dark.png": ("?t=AAPL&r=5&from=2013-02-25&to=2013-03-01", "dark", (1280, 720)),
    "chart-phone.png": ("?t=MSFT&range=6M", "light", (375, 667)),
}


def main() -> int:
    """Take every picture; return an exit code."""
    executable = chromium()
    if executable is None:
        sys.stderr.write("There is no Chromium; `make test` installs one.\n")
        return 1
    with (
        tempfile.TemporaryDirectory() as folder,
        AppProcess(Path(folder)) as app,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=executable, args=list(ARGUMENTS))
        for name, (query, scheme, (width, height)) in PICTURES.items():
            page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
            ChartPage(page, app.url).open(query)
            page.wait_for_timeout(300)
            page.screenshot(path=FOLDER / name)
            page.close()
            print(f"docs/pictures/{name}")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
