"""Bring what the tests need beside Python: dynalite by npm, the browsers by Playwright or, as root, by apt.

What is there is used as it is. What cannot be had is named and its tests are skipped; where a run requires it
(REQUIRE_ENGINES, REQUIRE_TABLES) those tests fail. So this never ends a run by itself.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.kit import browser_paths, engines

ROOT = Path(__file__).resolve().parent.parent
NODE_STAMP = ROOT / "node_modules" / ".package-lock.json"
INSTALL_TIMEOUT_S = 600
# Playwright retries a download that can't work for minutes; one that works sends its first bytes at once.
DOWNLOAD_TIMEOUT_S = 240
CONNECT_TIMEOUT_MS = 10_000
FONTS = ("fonts-dejavu", "fonts-liberation")
DEBIAN_HAS: tuple[engines.Name, ...] = ("chromium", "firefox")
APT_PACKAGES = {
    "chromium": ("chromium", "chromium-driver", *FONTS),
    "firefox": ("firefox-esr", *FONTS),
    "webkitgtk": ("webkit2gtk-driver", "xvfb", "xauth", "python3-gi", "gir1.2-webkit2-4.1", *FONTS),
}


def main() -> None:
    """Bring everything; print one line for each part."""
    print(f"dynalite: {bring_dynalite()}", flush=True)
    bring_browsers()
    for name in engines.NAMES:
        print(f"{name}: {state_of(name)}", flush=True)
    print(f"webkitgtk: {browser_paths.webkitgtk_lacks() or 'the system’s'}", flush=True)


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


@functools.cache
def version_of(name: engines.Name) -> str:
    """Return the version of an engine that opens a page here, else ""."""
    return engines.version_of(name) if engines.installed(name) else ""


def absent() -> list[str]:
    """Return the engines that Debian has too and that do not start here yet."""
    names: list[str] = [name for name in DEBIAN_HAS if not version_of(name)]
    return [*names, "webkitgtk"] if browser_paths.webkitgtk_lacks() else names


def bring_browsers() -> None:
    """Bring what is absent: as root with apt Debian's, all at once, else Playwright's own."""
    if (wanted := absent()) and can_apt():
        by_apt(wanted)
        look_again()
    if not all(map(version_of, DEBIAN_HAS)):
        by_playwright()
        look_again()


def look_again() -> None:
    """Forget what was there before an installation."""
    browser_paths.managed.cache_clear()
    version_of.cache_clear()


def state_of(name: engines.Name) -> str:
    """Return which version of an engine the tests will drive, or that there is none."""
    how = f"(try: .venv/bin/playwright install --with-deps {name})"
    return version_of(name) or f"none that starts, its tests are skipped {how}"


def by_playwright() -> bool:
    """Download Playwright's own, all three; the first that can't be had ends it."""
    waits = f"PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT={CONNECT_TIMEOUT_MS}"
    install = (sys.executable, "-m", "playwright", "install")
    return all(run("env", waits, *install, name, timeout_s=DOWNLOAD_TIMEOUT_S) for name in engines.NAMES)


def can_apt() -> bool:
    """Return whether Debian's packages can be installed here: only root can."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def by_apt(names: list[str]) -> bool:
    """Install Debian's; one by one where one of them is not to be had."""
    apt = ("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "--no-install-recommends")
    if not run("apt-get", "update"):
        return False
    packages = [APT_PACKAGES[name] for name in names]
    together = dict.fromkeys(package for group in packages for package in group)
    return run(*apt, *together) or all(run(*apt, *group) for group in packages)


def run(*command: str, timeout_s: float = INSTALL_TIMEOUT_S) -> bool:
    """Run an installer without input; show what it said when it fails."""
    print(f"  {' '.join(command[:9])} …", flush=True)
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout_s,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        print(f"  {type(error).__name__}")
        return False
    if done.returncode:
        print(done.stdout.decode(errors="replace")[-2000:])
    return done.returncode == 0


if __name__ == "__main__":
    main()
