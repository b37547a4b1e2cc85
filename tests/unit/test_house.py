"""The house around the rooms: what documents and tools say agrees with what is there."""

from __future__ import annotations

import os
import re
import runpy
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from settings import Settings
from tests.kit import browser_paths, engines, environment
from tests.kit.summary import skip_reasons
from tools import layers, requirements

ROOT = Path(__file__).resolve().parents[2]
ROOMS = tuple(layers.table())


def tracked() -> list[Path]:
    """Return the files under version control, else (an unpacked archive) skip."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("not a git checkout, so what is tracked cannot be told")
    return [ROOT / name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def text_of(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        return ""


def test_every_setting_is_in_the_example_file_and_nothing_else() -> None:
    names = re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text("utf-8"), re.MULTILINE)
    assert sorted(names) == sorted(name.upper() for name in Settings.model_fields)


def test_the_example_file_changes_nothing() -> None:
    """Who copies it whole must get what who copies nothing gets."""
    assert Settings(_env_file=ROOT / ".env.example") == Settings(_env_file=None)  # type: ignore[call-arg]


def test_no_module_of_a_room_is_longer_than_400_lines() -> None:
    modules = [*ROOT.glob("*.py"), *(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))]
    assert len(modules) > len(ROOMS)
    long = {str(path.relative_to(ROOT)): n for path in modules if (n := text_of(path).count("\n")) > 400}
    assert long == {}


def test_no_file_names_a_package_index_or_a_place_of_one_machine() -> None:
    """The pieces are put together here so that this file does not find itself."""
    hosts = (
        "files.python" + "hosted.org",
        "pypi" + ".org",
        "registry.npm" + "js.org",
        "registry.yarn" + "pkg.com",
    )
    places = ("/ro" + "ot/", "/wo" + "rk/", "/tm" + "p/req", "/ho" + "me/runner", "/Us" + "ers/")
    pattern = re.compile("|".join(map(re.escape, (*hosts, *places))))
    found = {str(path.relative_to(ROOT)) for path in tracked() if pattern.search(text_of(path))}
    assert found == set()


@pytest.mark.parametrize("script", [".ci/run", "tools/python.sh"])
def test_scripts_can_be_run_and_are_valid_shell(script: str) -> None:
    path = ROOT / script
    assert path.stat().st_mode & stat.S_IXUSR
    shell = path.read_text("utf-8").splitlines()[0].rsplit("/", 1)[-1].split()[-1]
    subprocess.run([shell, "-n", path], check=True)


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "requirements-webkitgtk.txt"])
def test_every_pin_has_a_version_and_a_hash(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    pins = re.split(r"\n(?=[A-Za-z0-9])", text.strip())
    assert len(pins) > 20
    assert [pin.splitlines()[0] for pin in pins if not re.match(r"\S+==\S+", pin)] == []
    assert [pin.splitlines()[0] for pin in pins if "--hash=sha256:" not in pin] == []


def test_the_tests_run_on_the_versions_that_the_app_runs_on() -> None:
    """All but urllib3, whose reason stands in requirements-dev.in."""
    app, dev = (
        {line.split()[0] for line in requirements.app_pins(text_of(ROOT / name)).splitlines()}
        for name in ("requirements.txt", "requirements-dev.txt")
    )
    assert len(app) > 20
    assert app - dev == set()


@pytest.mark.parametrize("source", ["requirements", "requirements-dev", "requirements-webkitgtk"])
def test_every_direct_dependency_is_pinned(source: str) -> None:
    wanted = re.findall(r"^[A-Za-z][\w-]*", (ROOT / f"{source}.in").read_text("utf-8"), re.MULTILINE)
    pinned = re.findall(
        r"^([a-z0-9-]+)(?:\[.*\])?==", (ROOT / f"{source}.txt").read_text("utf-8"), re.MULTILINE
    )
    assert set(map(str.lower, wanted)) <= set(pinned)


def test_every_target_of_the_makefile_is_in_its_help() -> None:
    text = (ROOT / "Makefile").read_text("utf-8")
    (targets,) = re.findall(r"^\.PHONY: (.+)$", text, re.MULTILINE)
    told = re.findall(r"^\t@echo 'make ([\w-]+)", text, re.MULTILINE)
    assert sorted([*told, "help"]) == sorted(targets.split())


def test_a_setting_on_makes_command_line_reaches_what_it_starts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """`make run PORT=9000`, tried with the real Makefile, a stand-in app and an environment that is there."""
    if not shutil.which("make"):
        pytest.skip("make was not found")
    monkeypatch.delenv("MAKEFLAGS", raising=False)
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in ("requirements.txt", "requirements-dev.txt"):
        (tmp_path / name).touch()
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/python").symlink_to(sys.executable)
    (tmp_path / ".venv/.installed-app").touch()
    (tmp_path / "app.py").write_text("import os; print(os.environ['PORT'], os.environ.get('HOST'))")
    done = subprocess.run(
        ["make", "--no-print-directory", "run", "PORT=9000"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["9000", "None"]


def test_a_python_that_is_too_old_or_missing_is_refused_with_what_to_do(tmp_path: Path) -> None:
    script = ROOT / "tools" / "python.sh"
    named = subprocess.run(["sh", script, "/no/python"], capture_output=True, text=True, check=False)
    assert (named.returncode, named.stdout) == (1, "")
    assert "PYTHON=/no/python is not Python 3.11 or newer" in named.stderr
    shell = shutil.which("sh") or "/bin/sh"
    none = subprocess.run(
        [shell, script], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert none.returncode == 1
    assert "make run PYTHON=" in none.stderr
    found = subprocess.run(["sh", script, sys.executable], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == sys.executable


@pytest.mark.parametrize(
    ("host", "bind"), [("127.0.0.1", "127.0.0.1:9001"), ("::1", "[::1]:9001"), ("0.0.0.0", "0.0.0.0:9001")]
)
def test_gunicorn_listens_where_the_settings_say(
    monkeypatch: pytest.MonkeyPatch, host: str, bind: str
) -> None:
    monkeypatch.setenv("HOST", host)
    monkeypatch.setenv("PORT", "9001")
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")  # it names its own; that ends with the test
    config = runpy.run_path(str(ROOT / "gunicorn.conf.py"))
    assert (config["bind"], config["worker_class"]) == (bind, "gthread")
    assert config["timeout"] > Settings(_env_file=None).request_deadline_s  # type: ignore[call-arg]


def test_only_the_settings_read_the_environment(tmp_path: Path) -> None:
    """cache-15: ruff refuses it in a room, in a script and in a test, and lets the settings do it."""
    probe = 'import os\nfrom os import getenv\n\nX = os.environ["X"] + str(getenv("Y"))\n'
    refused = {}
    for name in ("cache/probe.py", "app.py", "tests/unit/test_probe.py", "settings.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(probe)
        shutil.copy(ROOT / "pyproject.toml", tmp_path)
        command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--select", "TID251", str(path)]
        refused[name] = (
            subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode != 0
        )
    assert refused == {
        "cache/probe.py": True,
        "app.py": True,
        "tests/unit/test_probe.py": True,
        "settings.py": False,
    }


def lint_rooms(folder: Path, modules: dict[str, str]) -> tuple[int, str]:
    """Check a house of small modules by the project's own table."""
    for name, text in modules.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        (path.parent / "__init__.py").touch()
        path.write_text(text)
    (folder / "tools").mkdir()
    for name in ("pyproject.toml", "tools/__init__.py", "tools/layers.py"):
        shutil.copy(ROOT / name, folder / name)
    done = subprocess.run(
        [sys.executable, "-m", "tools.layers"], cwd=folder, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_imports_that_the_table_of_rooms_allows_are_kept(tmp_path: Path) -> None:
    modules = {
        "market/a.py": "",
        "adapters/prices.py": "import market.a",
        "adapters/demo.py": "import market.a\nimport adapters.prices",
        "store/b.py": "",
        "cache/c.py": "import market.a, store.b\nfrom adapters import prices",
        "components/d.py": "import market.a",
        "pages/e.py": "import components.d, cache.c",
    }
    code, said = lint_rooms(tmp_path, modules)
    assert (code, "6 kept, 0 broken" in said) == (0, True), said


@pytest.mark.parametrize(
    ("module", "imports"),
    [
        ("market/x.py", "adapters.prices"),
        ("store/x.py", "market.a"),
        ("adapters/x.py", "cache.c"),
        ("cache/x.py", "adapters.demo"),
        ("cache/x.py", "settings"),
        ("components/x.py", "cache.c"),
        ("pages/x.py", "market.a"),
        ("pages/x.py", "store.b"),
        ("api/x.py", "pages.e"),
        ("accounts/x.py", "cache.c"),
        ("market/x.py", "tests"),
    ],
)
def test_imports_that_it_does_not_allow_break_the_check(tmp_path: Path, module: str, imports: str) -> None:
    rest = dict.fromkeys(
        ("market/a.py", "adapters/prices.py", "adapters/demo.py", "store/b.py", "cache/c.py", "pages/e.py"),
        "",
    )
    (tmp_path / "settings.py").touch()
    code, said = lint_rooms(tmp_path, {**rest, "components/d.py": "", module: f"import {imports}"})
    assert code == 1, said
    assert "1 broken" in said


def test_what_this_run_requires_is_there() -> None:
    """REQUIRE_ENGINES and REQUIRE_TABLES are no promise that skips can break."""
    for name in environment.required("engine") & set(engines.NAMES):
        # In a process of its own: a browser test before this one may have Playwright's loop running here.
        code = f"from tests.kit import engines; print(engines.version_of({name!r}))"
        said = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert said.stdout.strip()
    if "dynalite" in environment.required("table"):
        assert os.access(ROOT / "node_modules" / ".bin" / "dynalite", os.X_OK)
    if "webkitgtk" in environment.required("engine"):
        assert browser_paths.webkitgtk_lacks() == ""
    assert environment.required("engine") <= {"chromium", "firefox", "webkit", "webkitgtk"}
    assert environment.required("picture") <= {"chromium", "firefox", "webkit", "webkitgtk"}
    assert environment.required("table") <= {"dynalite", "dynamodb-local"}


def test_a_missing_part_skips_unless_it_is_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUIRE_TABLES", " Dynalite, dynamodb-local")
    monkeypatch.setenv("REQUIRE_ENGINES", "")
    with pytest.raises(pytest.fail.Exception, match="REQUIRE_TABLES asks for dynalite: gone"):
        environment.missing("table", "dynalite", "gone")
    with pytest.raises(pytest.skip.Exception, match="firefox: gone"):
        environment.missing("engine", "firefox", "gone")


def test_the_summary_counts_each_reason_once() -> None:
    def skipped(why: str) -> pytest.TestReport:
        return pytest.TestReport("n", ("f", 1, ""), {}, "skipped", ("f", 1, f"Skipped: {why}"), "setup")

    rows = skip_reasons([skipped("no java"), skipped("no npm"), skipped("no java")])
    assert rows == [(2, "no java"), (1, "no npm")]
