"""A channel's videos by month, each with what it mentions; as much of it as was asked for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from dash import html

from components.marks import labelled, testid
from components.said_words import (
    LONGEST_TITLE,
    is_trouble,
    moment_words,
    month_of,
    month_words,
    quoted,
    share_words,
    shortened,
    status_words,
    title_of,
)
from components.words import day_words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from dash.development.base_component import Component


@dataclass(frozen=True, slots=True)
class ChipLine:
    """A mention: ``kind`` is buy, hold, sell or mentioned; ``confidence`` is between 0 and 1."""

    ticker: str
    action: str
    kind: str
    confidence: float | None
    quote: str
    link: str


@dataclass(frozen=True, slots=True)
class VideoLine:
    """A video; ``vanished`` is the New York date since when it is gone from YouTube."""

    id: str
    title: str
    url: str
    published_at: datetime
    transcript: str
    analysis: str
    vanished: date | None
    mentions: tuple[ChipLine, ...]


def videos(lines: Sequence[VideoLine], after_month: str = "") -> list[Component]:
    """Return videos under the names of their months; ``after_month`` is named already."""
    parts: list[Component] = []
    for month, of_month in groupby(lines, key=lambda line: month_of(line.published_at)):
        if month != after_month:
            parts.append(html.H3(month_words(month), className="month"))
        parts += [_video(line) for line in of_month]
    return parts


def months(published: Sequence[datetime]) -> list[html.Option]:
    """Return the months to choose from, the newest first, with how many videos each has."""
    counted = Counter(map(month_of, published))
    return [
        html.Option(f"{month_words(month)} ({counted[month]})", value=month)
        for month in sorted(counted, reverse=True)
    ]


def more(shown_to: str, left: int) -> list[Component]:
    """Return what asks for the videos before ``shown_to``, the last one's id; nothing where none is left."""
    if not left:
        return []
    words = f"Show earlier videos ({left:,} more)"
    marks: dict[str, Any] = {"data-said": "earlier", "data-before": shown_to}
    return [
        html.Button(words, type="button", className="quiet-button", **marks, **testid("timeline-earlier"))
    ]


def _video(line: VideoLine) -> html.Article:
    words = status_words(line.transcript, line.analysis, len(line.mentions))
    trouble = " trouble-words" if is_trouble(line.transcript, line.analysis) else ""
    marks: dict[str, Any] = {"data-video": line.id}
    status = [html.Span(words, className=f"video-status{trouble}")] if words else []
    lacks = line.transcript != "completed"
    foot = [*status, _give(line, "Give a transcript", "link-button")] if lacks else status
    other = [] if lacks else [_give(line, "Transcript …", "link-button quiet")]
    return html.Article(
        [
            html.Time(
                moment_words(line.published_at),
                dateTime=line.published_at.isoformat(),
                className="video-when",
            ),
            html.Div(
                [
                    html.Div(
                        [title_of(line.title, line.url), *_tombstone(line), *other], className="video-head"
                    ),
                    *(
                        [html.Div([_chip(one) for one in line.mentions], className="chips")]
                        * bool(line.mentions)
                    ),
                    *([html.Div(foot, className="video-foot")] * bool(foot)),
                ],
                className="video-said",
            ),
        ],
        className="said-video",
        **marks,
        **testid("timeline-video"),
    )


def _tombstone(line: VideoLine) -> list[Component]:
    if line.vanished is None:
        return []
    return [html.Span(f"Gone from YouTube since {day_words(line.vanished)}", className="tombstone")]


def _chip(line: ChipLine) -> html.Span:
    """Return a mention: its ticker leads to all that was said about it, the rest shows the words."""
    sure = "" if line.confidence is None else f" {share_words(line.confidence)}"
    says = f"{line.ticker}, {line.action}{sure and f', {sure.strip()} sure'}: what was said"
    leads: dict[str, Any] = {"data-drill": "1"}
    shows: dict[str, Any] = {"data-said": "quote", "aria-expanded": "false", **labelled(says)}
    return html.Span(
        [
            html.A(line.ticker, href=line.link, className="chip-ticker", **leads),
            html.Button(
                [line.action, html.Span(sure, className="chip-sure")],
                type="button",
                className="chip-action",
                **shows,
            ),
            html.Span(
                quoted(line.quote) if line.quote else "Its words were not kept.", className="chip-quote"
            ),
        ],
        className=f"chip {line.kind}",
    )


def _give(line: VideoLine, words: str, kind: str) -> html.Button:
    """Return what opens the dialog in which a transcript is given."""
    title = shortened(line.title, LONGEST_TITLE) or "without a title"
    opens: dict[str, Any] = {"data-said": "give", "data-video": line.id, "data-title": title}
    name = labelled(f"Give a transcript of “{title}”")
    return html.Button(words, type="button", className=kind, **opens, **name, **testid("give-transcript"))
