"""What an extractor was unsure of, for a person to decide: what was understood, and why it is doubted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from dash import dcc, html

from components.marks import labelled, testid
from components.said_words import moment_words, quoted, share_words, title_of
from market.ticker import MAX_LENGTH

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from dash.development.base_component import Component

AT_ONCE: Final = 20
"""Things to decide that are shown, and as many that were decided: nobody decides more at a time."""
ACTIONS: Final = ("buy", "add", "hold", "watch", "trim", "sell", "short", "avoid", "mention")
_DOUBTS: Final = {
    "other_company": "the words name another company than the ticker",
    "contradicted": "the video speaks for the stock and against it",
    "hypothetical": "it is said under a condition",
    "past": "it is about the past",
    "quoted": "it is somebody else’s opinion",
    "sponsored": "it may be advertising",
}
_NOTHING: Final = "Nothing to decide. What an extractor is unsure of stands here until somebody has looked."


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """A thing to decide, or decided.

    Attributes:
        state: open, accepted or dismissed.
        confidence: between 0 and 1.
        doubts: why it is doubted, words of ``track_record.reviews.Doubt``.
        company: the words that were taken for the ticker.
        as_ticker, as_action: what an accepted one was kept as; of an open one, what stands in its fields.
        error: what is wrong with what was given for it.
    """

    id: str
    video_id: str
    title: str
    url: str
    published_at: datetime
    ticker: str
    action: str
    confidence: float
    doubts: tuple[str, ...]
    company: str
    quote: str
    state: str
    as_ticker: str
    as_action: str
    error: str = ""


def review_list(lines: Sequence[ReviewLine]) -> list[Component]:
    """Return what is to be decided, and folded below it what was."""
    waiting = [line for line in lines if line.state == "open"]
    decided = [line for line in lines if line.state != "open"]
    parts: list[Component] = [_waiting(line) for line in waiting[:AT_ONCE]]
    if len(waiting) > AT_ONCE:
        words = f"{len(waiting) - AT_ONCE:,} more come after these."
        parts.append(html.P(words, className="empty-words", **testid("review-more")))
    if not waiting:
        parts = [html.P(_NOTHING, className="empty-words", **testid("review-empty"))]
    if decided:
        folded = html.Summary(
            f"Decided ({len(decided):,}{_latest(len(decided))})", **testid("review-decided")
        )
        parts.append(html.Details([folded, *map(_decided, decided[:AT_ONCE])], className="decided"))
    return parts


def count_words(lines: Sequence[ReviewLine]) -> str:
    """Return how many are open, "" where none is."""
    count = sum(line.state == "open" for line in lines)
    return f"{count:,}" if count else ""


def doubt_words(line: ReviewLine) -> str:
    """Return why it is not counted: "45 % sure: the video speaks for the stock and against it"."""
    why = "; ".join(_DOUBTS[doubt] for doubt in line.doubts if doubt in _DOUBTS)
    return f"{share_words(line.confidence)} sure" + (f": {why}." if why else ".")


def _latest(count: int) -> str:
    return f", the latest videos’ {AT_ONCE} are shown" if count > AT_ONCE else ""


def _waiting(line: ReviewLine) -> html.Article:
    company = f" (“{line.company}”)" if line.company else ""
    understood = html.P(
        [
            "Understood: ",
            html.B(f"{line.ticker} {line.action}"),
            html.Bdi(company),
            html.Span(f" · {doubt_words(line)}", className="doubt"),
        ],
        className="understood",
    )
    return html.Article(
        [
            html.Blockquote(quoted(line.quote)),
            understood,
            _where(line),
            html.Div(
                [
                    html.Label(
                        [html.Span("Ticker", className="field-name"), _ticker(line)], className="review-field"
                    ),
                    html.Label(
                        [html.Span("Action", className="field-name"), _action(line)], className="review-field"
                    ),
                    _button("Add as mention", "accept", line, "main-button"),
                    _button("Dismiss", "dismiss", line, "quiet-button"),
                ],
                className="review-answer",
            ),
            *([html.P(line.error, className="field-error", role="alert")] if line.error else []),
        ],
        className="review",
        **_of(line),
        **testid("review"),
    )


def _decided(line: ReviewLine) -> html.Article:
    kept = f"Kept as {line.as_ticker} {line.as_action}" if line.state == "accepted" else "Dismissed"
    proposed = f"{kept} · understood: {line.ticker} {line.action}, {doubt_words(line)}"
    return html.Article(
        [
            html.Blockquote(quoted(line.quote)),
            html.P(proposed, className="understood"),
            _where(line),
            html.Div(_button("Decide again", "reopen", line, "link-button"), className="review-answer"),
        ],
        className="review",
        **_of(line),
        **testid("review-done"),
    )


def _of(line: ReviewLine) -> dict[str, Any]:
    return {"data-review": line.id}


def _where(line: ReviewLine) -> html.P:
    when = html.Time(moment_words(line.published_at), dateTime=line.published_at.isoformat())
    return html.P([title_of(line.title, line.url), " · ", when], className="review-where")


def _ticker(line: ReviewLine) -> dcc.Input:
    return dcc.Input(
        value=line.as_ticker,
        type="text",
        maxLength=MAX_LENGTH,
        autoComplete="off",
        className="review-ticker",
    )


def _action(line: ReviewLine) -> html.Select:
    # The first one is chosen at first; React has no other way to say so without holding the choice.
    others = [action for action in ACTIONS if action != line.as_action]
    options = [html.Option(action, value=action) for action in (line.as_action, *others)]
    return html.Select(options, className="review-action", key=f"{line.id}-{line.as_action}")


def _button(words: str, deed: str, line: ReviewLine, kind: str) -> html.Button:
    marks: dict[str, Any] = {"data-said": "decide", "data-deed": deed, "data-video": line.video_id}
    name = labelled(f"{words}: {line.ticker} {line.action}")
    return html.Button(words, type="button", className=kind, **marks, **name, **testid(f"review-{deed}"))
