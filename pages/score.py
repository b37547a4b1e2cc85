"""The score of a channel, on its page: how its calls did, how sure that is, and what luck would have done.

The section fills itself once ``channel-state`` is there, and again when its revision or the policy changes.
While prices are on their way it asks again by itself, a few times.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dash import MATCH, ClientsideFunction, Input, Output, ctx, dcc, html, no_update
from dash.exceptions import PreventUpdate

from components import score_parts as parts
from components import score_plots as plots
from components.marks import page_id, testid
from components.words import share_words
from pages import channel_parts
from pages import score_words as words
from pages.score_method import SENTENCES
from track_record.daily_prices import BENCHMARK
from track_record.errors import TableError, UnknownChannelError
from track_record.method import FEWEST_MATURED, METHOD_VERSION

if TYPE_CHECKING:
    from dash import Dash
    from dash.development.base_component import Component

    from track_record.entry import Policy
    from track_record.event_study import EventStudy
    from track_record.judgement import Judgement
    from track_record.scoring import HorizonScore
    from track_record.service import TrackRecord

DEADLINE_S: Final = 3.0
_AGAIN_MS: Final = 4000
_MOST_TIMES: Final = 15


def section(channel_id: str) -> html.Section:
    """Return the section; what is in it comes later, so that the page stands at once."""
    del channel_id
    return html.Section(
        [
            html.Div([html.H2("Score"), _switch()], className="score-head"),
            html.Div(
                html.P("The score is being worked out.", className="quiet"),
                id=page_id("score"),
                className="score",
                **testid("score"),
            ),
            dcc.Interval(
                id=page_id("score-again"), interval=_AGAIN_MS, max_intervals=_MOST_TIMES, disabled=True
            ),
        ],
        className="score-section",
    )


def register(app: Dash, track_record: TrackRecord) -> None:
    """Wire the section. Which policy is chosen the browser knows, from the address (assets/score.js)."""
    app.clientside_callback(
        ClientsideFunction("score", "choose"),
        Output(page_id("entry-policy", MATCH), "data"),
        *(Output(page_id(_button(policy), MATCH), "aria-pressed") for policy in words.POLICIES),
        *(Input(page_id(_button(policy), MATCH), "n_clicks") for policy in words.POLICIES),
    )

    @app.callback(
        Output(page_id("score", MATCH), "children"),
        Output(page_id("score-again", MATCH), "disabled"),
        Output(page_id("score-again", MATCH), "n_intervals"),
        Input(page_id("channel-state", MATCH), "data"),
        Input(page_id("entry-policy", MATCH), "data"),
        Input(page_id("score-again", MATCH), "n_intervals"),
    )
    def fill(state: object, policy: object, times: object) -> list[Any]:
        # What somebody has done, or processing has found, is waited for as long as the first prices were.
        is_again = isinstance(ctx.triggered_id, dict) and ctx.triggered_id["type"] == "score-again"
        shown = filled(track_record, state, policy, times if is_again else 0)
        return [*shown, no_update if is_again else 0]


def filled(track_record: TrackRecord, state: object, policy: object, times: object) -> list[Any]:
    """Return what the section shows, and whether it needs not ask again."""
    channel_id = state.get("id") if isinstance(state, dict) else None
    if not isinstance(channel_id, str):
        raise PreventUpdate
    try:
        found = track_record.judge.channel(channel_id, policy_of(policy), deadline_s=DEADLINE_S)
    except UnknownChannelError:
        raise PreventUpdate from None  # the frame says so
    except TableError as error:
        return [html.P(channel_parts.unreachable(error), className="wrong"), False]
    is_last = isinstance(times, int) and times >= _MOST_TIMES
    return [_shown(found, is_last=is_last), not found.waiting]


def policy_of(value: object) -> Policy:
    """Return the policy of a link or a store, the usual one where it names none that is offered."""
    return next((policy for policy in words.POLICIES if policy.value == value), next(iter(words.POLICIES)))


def _button(policy: Policy) -> str:
    return f"entry-{policy.value}"


def _switch() -> html.Div:
    first = next(iter(words.POLICIES))
    buttons = []
    for policy, (name, meaning) in words.POLICIES.items():
        pressed: dict[str, Any] = {"aria-pressed": str(policy is first).lower()}
        marks = {**pressed, **testid(_button(policy)), "data-entry": policy.value}
        buttons.append(html.Button(name, type="button", title=meaning, id=page_id(_button(policy)), **marks))
    return parts.choices("Which price counts as the entry", buttons)


def _shown(found: Judgement, *, is_last: bool) -> list[Component]:
    """Return the whole of it."""
    _, meaning = words.POLICIES[found.policy]
    late = words.waiting(found, is_last=is_last)
    gone = [html.Li(html.Bdi(line)) for line in words.missing(found)]
    shown: list[Component] = [
        html.P(" ".join([meaning, *words.told(found)]), className="score-told quiet", **testid("score-told")),
        html.P(late, role="status", className="score-waits", **testid("score-waits")),
    ]
    if gone:
        shown.append(html.Ul(gone, className="score-missing quiet", **testid("score-missing")))
    if found.score is not None and found.score.calls:
        columns = [_column(at, found) for at in found.score.horizons]
        shown += [html.Div(columns, className="horizons"), _study(found.score.study)]
    return [*shown, _method()]


def _column(at: HorizonScore, found: Judgement) -> html.Article:
    """Return one horizon."""
    beat, between = words.hits(at)
    mean, median = ("–" if it is None else share_words(it, signed=True) for it in (at.mean, at.median))
    rows = [
        ("Mean excess", mean, words.interval(at.mean_interval, at.matured)),
        ("Median", median, ""),
        (f"Beat {BENCHMARK if found.benchmark == BENCHMARK else 'the benchmark'}", beat, between),
        ("Matured", f"{at.matured:,}", words.counts(at, found.calls)),
    ]
    head = html.H3([f"After a {words.SPANS[at.horizon]}", html.Small(f"{at.horizon} sessions")])
    verdict: dict[str, Any] = {"data-verdict": at.verdict.name.lower(), **testid(f"verdict-{at.horizon}")}
    return html.Article(
        [
            head,
            html.P(words.verdict(at), className="score-verdict", **verdict),
            parts.figures(rows),
            _luck(at),
        ],
        className="horizon",
        **testid(f"horizon-{at.horizon}"),
    )


def _luck(at: HorizonScore) -> Component:
    if at.placebo is None:
        few = f"Random entries are compared with from {FEWEST_MATURED} matured calls on."
        return html.P(few, className="quiet")
    figure = plots.luck(at.placebo.means, at.placebo.observed)
    legend = {"random": "random days", "own": "this channel"}
    return parts.plot("placebo", figure, words.luck(at.placebo), words.spread(at.placebo), legend)


def _study(found: EventStudy | None) -> html.Article:
    head = html.H3("Around a call")
    if found is None:
        few = (
            f"The mean path around calls is shown from {FEWEST_MATURED} on whose prices are known all along."
        )
        return html.Article([head, html.P(few, className="quiet")])
    told = f"Mean excess of {found.events:,} calls by sessions from the entry"
    legend = {"own": "mean"} | ({} if found.low is None else {"band": "95 % of it"})
    figure = plots.study(found.offset, found.mean, found.low, found.high)
    drawn = parts.plot("event-study", figure, told, words.path(found), legend)
    return html.Article([head, drawn])


def _method() -> html.Details:
    return html.Details(
        [
            html.Summary(f"How this is scored: method {METHOD_VERSION}"),
            html.Ul([html.Li(line) for line in SENTENCES]),
        ],
        className="method quiet",
        **testid("score-method"),
    )
