"""The chart page: one card, and the one callback through which every look at prices goes."""

from __future__ import annotations

import functools
import math
import uuid
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import structlog
from dash import MATCH, ClientsideFunction, Input, Output, html
from dash.exceptions import PreventUpdate

from cache.errors import CandleError, TickerNotFoundError
from cache.policy import not_offered
from cache.query import Adjust, CandleQuery
from components import bars, events, provenance
from components.chart_card import chart_card, part_id
from components.day_change import DAILY, close_before, ends_with, is_final, last_days, session_before
from components.header import header
from components.live import live
from components.search_box import search_box
from components.source_picker import Sources, states_message
from components.story import AS_IN_FILE, FILES, about, adjusted, price_name, told, trouble
from components.viewport import Facts, parse, plan

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dash import Dash

    from cache.candle_cache import CandleCache, Listing
    from cache.query import Answer
    from components.story import About, Listed
    from components.view_state import ViewState
    from components.viewport import Plan, Viewport

Message = dict[str, Any]
_TICKERS_KEPT = 1024
_ASIDE_S = 1.0
"""What the price before the last one may cost, seconds."""
_DEMO = "demo"
"""The kind of a source that shows the past only."""
_OUR_FAULT = "Something went wrong on our side. Try again; if it stays, look for this id in the log:"
_log = structlog.get_logger(__name__)


def layout(sources: Sources) -> html.Main:
    """Return the page; the view comes from the URL, which the browser sends with its first question."""
    return html.Main(chart_card(1, sources, header(search_box(1), here="chart")), className="page")


def register(app: Dash, cache: CandleCache, listed: Callable[[str], Listed | None]) -> None:
    """Wire Store to Store: the browser's question in, the cache's answer out, drawn in the browser.

    ``listed`` looks a ticker up in the list of names; it is asked once per ticker.
    """

    @functools.lru_cache(maxsize=_TICKERS_KEPT)
    def facts_of(ticker: str) -> About:
        return about(ticker, listed(ticker))

    begin = ClientsideFunction("chart", "begin")
    draw = ClientsideFunction("chart", "draw")
    app.clientside_callback(
        begin, Output(part_id("viewport", MATCH), "data"), Input(part_id("mounted", MATCH), "data")
    )
    app.clientside_callback(
        draw,
        Output(part_id("drawn", MATCH), "data"),
        Input(part_id("bars", MATCH), "data"),
        prevent_initial_call=True,
    )

    @app.callback(Output(part_id("bars", MATCH), "data"), Input(part_id("viewport", MATCH), "data"))
    def show(question: Message | None) -> Message:
        if not isinstance(question, dict):
            raise PreventUpdate
        answered = answer(cache, question, facts_of)  # sources do as it went
        others = any(name != answered.get("source") for name in cache.chain)
        return answered | {
            "sources": states_message(cache.source_states(), cache.now_s),
            "others": others,  # who could have a second opinion (pages/opinions.py)
        }


def sources_of(cache: CandleCache, absent: Mapping[str, str]) -> Sources:
    """Return what a person can choose from; ``absent`` says of others what to do to have them."""
    states = cache.source_states()
    titles = {state.name: state.title for state in states}
    others = {name: how for name, how in absent.items() if name not in titles}
    return Sources(cache.chain, titles, others, all(state.kind == _DEMO for state in states))


def _unlisted(ticker: str) -> About:
    return about(ticker, None)


def answer(cache: CandleCache, question: Message, facts_of: Callable[[str], About] = _unlisted) -> Message:
    """Answer what a chart in the browser asks; a failure is an answer too, with a sentence for the person.

    ``facts_of`` gives the facts about a ticker; by itself only what its spelling tells.
    """
    request_id = uuid.uuid4().hex
    try:
        viewport = parse(question, cache.example)
    except ValueError as error:
        return trouble(question, None, error)
    try:
        state = viewport.state
        named = facts_of(state.ticker)
        listing = _listing(cache, viewport)
        facts = Facts(listing.sessions, listing.first_session, listing.last_session)
        wanted = _planned(cache, viewport, facts)
        found = cache.get(_query(viewport, wanted), request_id=request_id)
        listing = cache.listing(state.ticker, found.source)  # another one may stand in for the first
        priced = price_name(listing.ticker, found.source, found.last_session, market_open=found.market_open)
        known = priced is not None and question.get("priced") == priced
        price = _Price() if known else _price(cache, listing, facts, found, request_id)
        adjustment = _adjustment(cache, found, request_id)
    except CandleError as error:
        return trouble(question, viewport, error, named.name, _instead(cache, state, error))
    except Exception:  # noqa: BLE001 - a fault of ours must not leave the person waiting for an answer
        _log.exception("chart_answer_failed", request_id=request_id)
        return trouble(question, viewport, CandleError(f"{_OUR_FAULT} {request_id}."))
    drawn = bars.message(viewport, wanted, found.candles, found.resolution, facts) | {
        "events": events.marks(found.events, facts.sessions, found.resolution),
        "spans": provenance.stretches(found.spans, facts.sessions, found.resolution),
    }
    return drawn | told(
        viewport,
        named,
        source=found.source,
        tier=found.shown_tier,
        label=listing.label,
        market_open=found.market_open,
        fetched_at=found.fetched_at,
        stale=found.stale_since is not None,
        adjustment=adjustment,
        price=price.last,
        price_before=price.before,
        priced=priced if known or price.final else None,
        at_end=wanted.end >= found.last_session,
        notes=(
            *_coarser(state, wanted),
            *wanted.notes,
            *found.notes,
            *(m.reason for m in found.missing),
            *_keeping(found),
        ),
        live=live(
            facts.sessions,
            found.last_session,
            cache.now_s,
            min(found.expires_at, price.expires_at),
            market_open=found.market_open,
        ),
    )


def _listing(cache: CandleCache, viewport: Viewport) -> Listing:
    state = viewport.state
    try:
        return cache.listing(state.ticker, state.source, prefer=viewport.shown)
    except TickerNotFoundError:
        # Choosing a resolution fails like that too, and its error tells what the sources have instead.
        cache.choice(CandleQuery(state.ticker, DAILY, date.min, date.min, source=state.source))
        raise


def _instead(cache: CandleCache, state: ViewState, error: CandleError) -> list[str]:
    """Return tickers to offer to who asked for one without prices; none when that was not what went wrong."""
    if not isinstance(error, TickerNotFoundError):
        return []
    return [ticker for ticker in error.examples or (cache.example,) if ticker != state.ticker]


def _planned(cache: CandleCache, viewport: Viewport, facts: Facts) -> Plan:
    """Plan with what the source has for the window.

    A coarser level than the first one may widen the window beyond where that level begins, hence the loop; it
    ends, because each turn is coarser.
    """
    wanted = plan(viewport, facts)
    while (shown := cache.choice(_query(viewport, wanted)).shown) is not wanted.resolution:
        wanted = plan(viewport, facts, shown)
    return wanted


def _coarser(state: ViewState, wanted: Plan) -> tuple[str, ...]:
    """Say that a resolution is not to be had, but only to a person who chose it."""
    note = not_offered(state.resolution or wanted.resolution, wanted.resolution)
    return (note,) if note else ()


@dataclass(frozen=True, slots=True)
class _Price:
    """The price beside a chart.

    Attributes:
        last: the close of the source's present session; None where it cannot be had.
        before: the close of the session before, on the same basis.
        expires_at: UTC seconds until when it is fresh.
        final: the source corrects it no more.
    """

    last: float | None = None
    before: float | None = None
    expires_at: float = math.inf
    final: bool = False


def _price(cache: CandleCache, listing: Listing, facts: Facts, found: Answer, request_id: str) -> _Price:
    """Return the close of the source's present session and the one before, adjusted for splits alone.

    While its minutes are on the screen they tell the price, and only the day before is looked up, which is
    final: a chart of minutes that is left open asks for nothing else.
    """
    days, session, running = found, listing.last_session, _running(found, facts)
    split = found.query.adjust is Adjust.SPLIT and found.source == listing.source
    if not (split and ends_with(found.candles, found.resolution, session)):
        last = session if running is None else session_before(facts)
        query = CandleQuery(listing.ticker, DAILY, *last_days(facts, last), Adjust.SPLIT, listing.source)
        try:
            days = cache.get(query, deadline_s=_ASIDE_S, request_id=request_id)
        except CandleError:  # the chart is there without it
            return _Price(running)
    price = running if running is not None else cache.last_price(listing, days, request_id=request_id)
    final = bool(days.spans) and is_final(days.spans[-1].settled_to, session)
    return _Price(price, close_before(days.candles, session), days.expires_at, final)


def _running(found: Answer, facts: Facts) -> float | None:
    """Return the close of the minutes on the screen while they run, so that both say the same price."""
    session = facts.sessions.open[facts.sessions.index(found.last_session)]
    time = found.candles.time
    if not (found.market_open and found.resolution.is_intraday and len(time) and time[-1] >= session):
        return None
    return float(found.candles.close[-1])


def _adjustment(cache: CandleCache, found: Answer, request_id: str) -> str:
    """Say what the prices are.

    A file does not tell for what its prices are adjusted; where we changed none of them, they are its own.
    """
    query = found.query
    if found.source == FILES and all(span.basis == Adjust.RAW for span in found.spans):
        raw = cache.get(replace(query, adjust=Adjust.RAW), request_id=request_id).candles
        if np.array_equal(raw.close, found.candles.close):
            return AS_IN_FILE
    return adjusted(query.adjust, (span.basis for span in found.spans))


def _query(viewport: Viewport, wanted: Plan) -> CandleQuery:
    state = viewport.state
    return CandleQuery(
        state.ticker,
        wanted.resolution,
        wanted.start,
        wanted.end,
        Adjust(state.adjust),
        state.source,
        reach=wanted.reach,
        prefer=viewport.shown,
        exact=state.resolution is not None,
    )


def _keeping(found: Answer) -> tuple[str, ...]:
    if found.table_failed or found.write_failed:
        return ("The table cannot be used, so prices are not kept; the log says why.",)
    return ()
