"""Bring what the tests need beside Python: dynalite by npm, Chromium by Playwright or, as root, by apt.

What is there is used as it is. What cannot be had is named and its tests are skipped; where a run requires it
(REQUIRE_ENGINES, REQUIRE_TABLES) those tests fail. So this never ends a run by itself.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.kit import browser_paths

ROOT = Path(__file__).resolve().parent.parent
NODE_STAMP = ROOT / "node_modules" / ".package-lock.json"
INSTALL_TIMEOUT_S = 300
APT_PACKAGES = ("chromium", "chromium-driver", "fonts-dejavu", "fonts-liberation")


def main() -> None:
    """Bring everything; print one line for each part."""
    for part, bring in (("dynalite", bring_dynalite), ("chromium", bring_chromium)):
        print(f"{part}: {bring()}", flush=True)


def bring_dynalite() -> str:
    """Return where the DynamoDB stand-in comes from, or why there is none."""
    lock = ROOT / "package-lock.json"
    if not lock.exists():
        return "no package-lock.json, its tests are skipped"
    if NODE_STAMP.exists() and NODE_STAMP.stat().st_mtime >= lock.stat().st_mtime:
        return "in node_modules"
    if not shutil.which("npm"):
        return "npm was not found, its tests are skipped (install Node.js 20 or newer)"
    if not run("npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"):
        return "npm ci failed, its tests are skipped"
    NODE_STAMP.touch()
    return "installed in node_modules"


def bring_chromium() -> str:
    """Return which Chromium the tests will drive, or why there is none."""
    for how in (present, by_playwright, by_apt):
        if not how():
            continue
        path = browser_paths.chromium()
        if path and (version := browser_paths.starts(path)):
            return f"{version} ({path.name})"
    return (
        "none that starts, browser tests are skipped (try: .venv/bin/playwright install --with-deps chromium)"
    )


def present() -> bool:
    """Return whether there may be one already."""
    return browser_paths.chromium() is not None


def by_playwright() -> bool:
    """Download Playwright's own."""
    return run(sys.executable, "-m", "playwright", "install", "chromium")


def by_apt() -> bool:
    """Install Debian's; only root can."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    install = ("apt-get", "install", "-y", "--no-install-recommends", *APT_PACKAGES)
    return run("apt-get", "update") and run("env", "DEBIAN_FRONTEND=noninteractive", *install)


def run(*command: str) -> bool:
    """Run an installer without input; show what it said when it fails."""
    print(f"  {' '.join(command[:4])} …", flush=True)
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=INSTALL_TIMEOUT_S,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        print(f"  {type(error).__name__}")
        return False
    if done.returncode:
        print(done.stdout.decode(errors="replace")[-2000:])
    return done.returncode == 0


if __name__ == "__main__":
    main()
