"""How gunicorn serves the app: threads, because tables and providers are waited for, in a few processes.

The processes of one machine share the embedded tables; single flight and locks keep them from asking a
provider twice. Bad settings end the start here, before a worker is made. ``WEB_CONCURRENCY`` (Procfile) sets
how many processes there are.
"""

import app
import process_memory
import settings
from cache import late_writes
from metrics import slots
from serving import Log

_settings = settings.load_or_exit()
app.configure_log(_settings)
_metrics = slots.own_folder(settings.metrics_folder())
if _metrics:
    settings.share_metrics_in(_metrics)
_host = f"[{_settings.host}]" if ":" in _settings.host else _settings.host

process_memory.keep_few_arenas()
logger_class = Log
bind = f"{_host}:{_settings.port}"
worker_class = "gthread"
# Below the 32 connections of a table client, so that no thread waits for one.
threads = 16
# Longer than the longest request, so that a slow provider is answered for and not killed.
timeout = int(_settings.request_deadline_s) + 25
graceful_timeout = 25
# The longest address that is let through to the app's own, clearer refusal.
limit_request_line = 8190
keepalive = 15
# Nothing uses it, and one file in the home folder would be every server's.
control_socket_disable = True
# A worker that grew by a leak is replaced without a gap; the jitter keeps them from going together.
max_requests = 50_000
max_requests_jitter = 5_000


def pre_fork(server, worker):  # noqa: ANN001, ANN201 - gunicorn has no types
    """Give the worker that comes a place among those that are there, for its metrics."""
    worker.slot = slots.free(other.slot for other in server.WORKERS.values())


def post_fork(server, worker):  # noqa: ANN001, ANN201, ARG001 - as gunicorn calls it
    """Take the place, in the worker."""
    slots.take(worker.slot)


def post_worker_init(worker):  # noqa: ANN001, ANN201 - as gunicorn calls it
    """Begin what this process does in the background: threads do not survive a fork."""
    process_memory.give_back_often()
    if work := app.background(worker.wsgi):
        work.start()


def worker_exit(server, worker):  # noqa: ANN001, ANN201, ARG001 - as gunicorn calls it
    """End it, so that another process need not wait for its lock; what waits to be written is."""
    if work := app.background(getattr(worker, "wsgi", None)):
        work.stop()
    late_writes.drain_all()


def child_exit(server, worker):  # noqa: ANN001, ANN201, ARG001 - as gunicorn calls it
    """Forget what a worker that ended held, however it ended."""
    slots.leave(_metrics, worker.slot)
