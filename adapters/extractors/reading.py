"""Reading a video for what it says of stocks, here or in another process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from adapters.extractors.settling import extract

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.extractors.claims import Extraction, Extractor, ExtractorId, Video
    from adapters.extractors.stocks import Stocks


class Reader(Protocol):
    """Reads videos."""

    @property
    def identity(self) -> ExtractorId:
        """By whom; goes into every mention."""
        ...

    def read(self, video: Video, go_on: Callable[[], object]) -> Extraction:
        """Return what is said of stocks; ``go_on`` is called now and then, and its errors are passed on.

        Raises:
            ProviderError: this video cannot be read.
        """
        ...

    def close(self) -> None:
        """Let go of whatever is held for the next video."""
        ...


class ReaderHere:
    """Reads in this process, by one extractor."""

    def __init__(self, extractor: Extractor, stocks: Stocks) -> None:
        """Use these."""
        self._extractor = extractor
        self._stocks = stocks

    @property
    def identity(self) -> ExtractorId:
        """The extractor's."""
        return self._extractor.identity

    def read(self, video: Video, go_on: Callable[[], object]) -> Extraction:
        """Return what is said of stocks.

        Raises:
            ProviderError: as the extractor does.
        """
        return extract(self._extractor, video, self._stocks, go_on)

    def close(self) -> None:
        """Nothing is held."""
