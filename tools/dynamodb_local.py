"""``make run-dynamodb``: DynamoDB Local and the app on it, until the app ends.

DynamoDB Local comes from DDB_LOCAL_DIR (its jar, with java), else from Docker, which fetches the image the
first time; nothing is downloaded here. Its tables stay in DATA_DIR/dynamodb, or in the volume
``chandlery-dynamodb``. Where a server answers at DYNAMODB_ENDPOINT already, that one is used and left as it
is. Exit code 2 says what is missing.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import setting_rules
from settings import load_or_exit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from settings import Settings

IMAGE = "amazon/dynamodb-local"
VOLUME = "chandlery-dynamodb"
_HOW = """DynamoDB Local is not there. Do one of these:
  DDB_LOCAL_DIR=/path/to/dynamodb-local   the folder with DynamoDBLocal.jar (java 17 or newer runs it)
  start Docker                            the image amazon/dynamodb-local is used then
or run without it: make run keeps the same tables in an embedded file."""
_START_S = 120.0
"""Docker may have to fetch its image first."""
_END_S = 15.0
_LOOK_S = 0.2
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class CannotStartError(Exception):
    """The server cannot be had; the message says what to do."""


def main() -> int:
    """Run both; return an exit code."""
    settings = load_or_exit(store="dynamodb")
    endpoint = settings.dynamodb_endpoint or ""
    server: subprocess.Popen[bytes] | None = None
    signal.signal(signal.SIGTERM, _stop)
    try:
        if not answers(endpoint):
            server = subprocess.Popen(command(settings, _port(endpoint)), start_new_session=True)
            _wait(server, endpoint)
        print(f"DynamoDB Local at {endpoint}", flush=True)
        # The app is configured as a person would: what stands in front of it wins over .env.
        app = ("env", "STORE=dynamodb", f"DYNAMODB_ENDPOINT={endpoint}", sys.executable, "app.py")
        return _run(app)
    except CannotStartError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 0
    finally:
        if server is not None:
            _end(server)


def command(settings: Settings, port: int) -> tuple[str, ...]:
    """Return what starts DynamoDB Local on a port.

    Raises:
        CannotStartError: there is neither a jar with java nor a Docker that runs.
    """
    folder, java = settings.ddb_local_dir, shutil.which("java")
    if folder is not None:
        if java is None:
            raise CannotStartError("DDB_LOCAL_DIR needs java, which is not installed (17 or newer).")
        data = (settings.data_dir / "dynamodb").absolute()
        data.mkdir(parents=True, exist_ok=True)
        library = f"-Djava.library.path={folder}/DynamoDBLocal_lib"
        jar = ("-jar", f"{folder}/DynamoDBLocal.jar", "-sharedDb", "-dbPath", str(data))
        return (java, library, *jar, "-port", str(port))
    docker = shutil.which("docker")
    if docker is None or subprocess.run((docker, "info"), capture_output=True, check=False).returncode:
        raise CannotStartError(_HOW)
    place = ("--publish", f"127.0.0.1:{port}:8000", "--volume", f"{VOLUME}:/data", "--user", "root")
    database = ("-jar", "DynamoDBLocal.jar", "-sharedDb", "-dbPath", "/data")
    return (docker, "run", "--rm", "--init", *place, IMAGE, *database)


def answers(endpoint: str) -> bool:
    """Return whether a server speaks HTTP there; DynamoDB answers a bare GET with an error of its own."""
    try:
        with _direct.open(endpoint, timeout=1):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def _port(endpoint: str) -> int:
    """Return the port to listen on.

    Raises:
        CannotStartError: the endpoint is another machine's.
    """
    parts = urlsplit(endpoint)
    if parts.scheme != "http" or not setting_rules.is_loopback(parts.hostname or ""):
        raise CannotStartError(
            "DYNAMODB_ENDPOINT: nothing answers there, and only this machine's can be started. "
            "Example: DYNAMODB_ENDPOINT=http://localhost:8000."
        )
    return parts.port or 80


def _wait(server: subprocess.Popen[bytes], endpoint: str) -> None:
    until = time.monotonic() + _START_S
    while not answers(endpoint):
        if server.poll() is not None:
            raise CannotStartError(
                f"DynamoDB Local ended at once (exit code {server.returncode}); see above."
            )
        if time.monotonic() > until:
            raise CannotStartError(f"DynamoDB Local does not answer at {endpoint}.")
        time.sleep(_LOOK_S)


def _run(program: Sequence[str]) -> int:
    """Run the app to its end; what stops this program stops the app first."""
    app = subprocess.Popen(program)
    try:
        return app.wait()
    except KeyboardInterrupt:
        _end(app)
        return 0


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _stop(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
