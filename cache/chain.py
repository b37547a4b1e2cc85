"""Which sources are asked, in which order, and whose answer is shown (api-7).

Promise: a view is of one source, never of two. A source that is short of something (parts that could not be
had, parts past their life, all candles) gives the next one a chance, and the best of what came is shown: what
is complete and fresh, else complete and stale, else with gaps. The person is told why another source is
shown. Demo prices never stand in for a live source, and a source that was named is never replaced.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from adapters.errors import ProviderError, UnknownTickerError
from adapters.prices import Kind
from cache import policy
from cache.choosing import choose
from cache.crashes import crashed
from cache.errors import BadQueryError, CandleError, no_candles

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from adapters.prices import PriceProvider
    from cache.query import Answer, CandleQuery
    from cache.statistics import Statistics

_Told = TypeVar("_Told")


class Chain:
    """The sources in the order of the settings."""

    def __init__(self, providers: Sequence[PriceProvider], statistics: Statistics) -> None:
        """Ask ``providers``; count those with a fault in ``statistics``."""
        self.providers = tuple(providers)
        self._statistics = statistics

    def of(self, source: str | None, prefer: str | None = None) -> list[PriceProvider]:
        """Return the sources that may answer: the named one, or all, the preferred one first.

        Raises:
            BadQueryError: there is no source of that name.
        """
        if source is not None:
            named = [p for p in self.providers if p.name == source]
            if not named:
                names = [p.name for p in self.providers]
                msg = f"Source must be one of {', '.join(names)}, for example {names[0]}."
                raise BadQueryError(msg, field="source")
            return named
        chain: list[PriceProvider] = []
        for provider in self.providers:
            if provider.kind is Kind.DEMO and any(p.kind is Kind.LIVE for p in chain):
                continue
            chain.append(provider)
        return sorted(chain, key=lambda provider: provider.name != prefer)

    def first(
        self, ticker: str, providers: Sequence[PriceProvider], ask: Callable[[PriceProvider], _Told]
    ) -> _Told:
        """Return what the first of some sources says that has something to say.

        Raises:
            CandleError: none has.
        """
        errors: list[ProviderError] = []
        for provider in providers:
            told = self._told(provider, ticker, ask)
            if not isinstance(told, ProviderError):
                return told
            errors.append(told)
        raise no_candles(ticker, errors)

    def best(self, query: CandleQuery, ask: Callable[[PriceProvider, bool], Answer]) -> Answer:
        """Return the best answer of the chain, with a note where it is not the first source's.

        Args:
            query: what is wanted.
            ask: asks a source; told whether it is the last one, which has no stand-in.

        Raises:
            CandleError: no source has anything to show.
        """
        usual = self.of(query.source, query.prefer)
        chain = self.fitting(query)
        answers: list[Answer] = []
        errors: list[ProviderError] = []
        reasons = {p.name: _lacking(p, query) for p in usual if chain.index(p) > usual.index(p)}
        for provider in chain:
            told = self._told(provider, query.ticker, lambda p: ask(p, p is chain[-1]))
            if isinstance(told, ProviderError):
                errors.append(told)
                reasons[provider.name] = "" if isinstance(told, UnknownTickerError) else str(told)
                continue
            answers.append(told)
            if not told.shortfall and not _is_blank(provider, told):
                break
            reasons[provider.name] = told.shortfall or _lacking(provider, query)
        if not answers:
            raise no_candles(query.ticker, errors)
        shown = max(answers, key=_rank)  # of equals the first
        before = [p.name for p in usual]
        passed = [reasons.get(name, "") for name in before[: before.index(shown.source)]]
        return _with_note(shown, passed, next(p.title for p in chain if p.name == shown.source))

    def fitting(self, query: CandleQuery) -> list[PriceProvider]:
        """Return the chain of a query: where its resolution must be met, sources that have it go first.

        A person who picked 5 minutes wants these rather than the first source's days; a level that was
        picked for the person may become coarser, so that panning does not change the source.
        """
        chain = self.of(query.source, query.prefer)
        if not query.exact or len(chain) == 1:
            return chain
        return sorted(chain, key=lambda provider: self._is_coarser(provider, query))

    def _is_coarser(self, provider: PriceProvider, query: CandleQuery) -> bool:
        """Return whether a source has the ticker, but not at the resolution over the whole span."""
        try:
            return choose(provider, query).shown is not query.resolution
        except UnknownTickerError:
            return False
        except ProviderError:
            return True
        except Exception:  # noqa: BLE001 - told and counted when it is asked
            return False

    def _told(
        self, provider: PriceProvider, ticker: str, ask: Callable[[PriceProvider], _Told]
    ) -> _Told | ProviderError:
        """Return what a source says; a source with a fault must not keep the next from answering (E9)."""
        try:
            return ask(provider)
        except ProviderError as error:
            return error
        except CandleError:
            raise
        except Exception:  # noqa: BLE001 - as said
            self._statistics.add("provider_errors")
            return crashed(provider, ticker)


def _is_blank(provider: PriceProvider, answer: Answer) -> bool:
    """Return whether a live source tells no candle of sessions that are over: another may have some."""
    over = any(span.start < answer.last_session for span in answer.spans)
    return provider.kind is Kind.LIVE and over and not len(answer.candles)


def _rank(answer: Answer) -> tuple[bool, bool, bool, bool]:
    """Return how good an answer is: not blank, complete, without a doubt about its prices, fresh."""
    stale = answer.stale_since is not None
    return len(answer.candles) > 0, not answer.missing, not answer.shortfall or stale, not stale


def _lacking(provider: PriceProvider, query: CandleQuery) -> str:
    return f"{provider.title} has no {policy.kind_of(query.resolution)} candles for these days."


def _with_note(answer: Answer, reasons: Sequence[str], title: str) -> Answer:
    """Say why the sources before this one are not shown, where there is something to say."""
    clauses = list(dict.fromkeys(_clause(reason) for reason in reasons if reason))
    if not clauses:
        return answer
    note = f"{'; '.join(clauses)}; showing {title}."
    return replace(answer, notes=(note, *answer.notes))


def _clause(sentences: str) -> str:
    """Return the first of some sentences, without its full stop."""
    return sentences.split(". ", maxsplit=1)[0].removesuffix(".")
