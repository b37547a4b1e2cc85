"""A stand-in for Gemini and OpenAI on 127.0.0.1: answers a script, and keeps what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True)
class Reply:
    """What one request gets; ``body`` is sent as JSON, text as it is."""

    status: int
    body: object
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class LlmServer:
    """The address, what was asked for, and what is left to answer."""

    url: str
    replies: list[Reply]
    asked: list[tuple[str, dict[str, str], dict[str, object]]] = field(default_factory=list)


@contextmanager
def llm_server(replies: Sequence[Reply]) -> Iterator[LlmServer]:
    """Serve a script until the block ends; beyond its end every answer is a 500."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", "0"))
            headers = {name.lower(): value for name, value in self.headers.items()}
            server.asked.append((self.path, headers, json.loads(self.rfile.read(length) or b"{}")))
            reply = (
                server.replies.pop(0) if server.replies else Reply(500, {"error": {"message": "no script"}})
            )
            body = (reply.body if isinstance(reply.body, str) else json.dumps(reply.body)).encode()
            self.send_response(reply.status)
            for name, value in {"content-type": "application/json", **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server = LlmServer(f"http://127.0.0.1:{http.server_address[1]}", list(replies))
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()


def gemini_says(text: str, **candidate: object) -> dict[str, object]:
    """Return a body of ``generateContent`` with a text."""
    content = {"role": "model", "parts": [{"text": text}]}
    return {"candidates": [{"content": content, "finishReason": "STOP", "index": 0} | candidate]}


def openai_says(text: str, *, kind: str = "output_text", status: str = "completed") -> dict[str, object]:
    """Return a body of ``/responses`` with a text or a refusal."""
    content: dict[str, object] = (
        {"type": "refusal", "refusal": text}
        if kind == "refusal"
        else {"type": kind, "text": text, "annotations": []}
    )
    message = {"type": "message", "id": "msg_1", "status": status, "role": "assistant", "content": [content]}
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1_790_000_000,
        "status": status,
        "model": "gpt-5-mini",
        "output": [message],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "incomplete_details": {"reason": "max_output_tokens"} if status == "incomplete" else None,
    }
