"""How the end of an answer of the stand-in server is marked, where not by its length."""

from __future__ import annotations

from tests.kit.provider_server import Fault, Handler


def chunked(body: bytes) -> Fault:
    """Answer in chunks, without announcing a length."""

    def act(handler: Handler) -> bool:
        handler.head(200, {"Transfer-Encoding": "chunked"})
        handler.wfile.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))
        return True

    return act


def without_end(body: bytes) -> Fault:
    """Answer and hang up, as servers did before lengths and chunks: nobody can tell whether that was all."""

    def act(handler: Handler) -> bool:
        handler.close_connection = True
        handler.head(200, {"Connection": "close"})
        handler.wfile.write(body)
        return True

    return act
