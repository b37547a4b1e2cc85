"""The source fails, is slow, or sends what cannot be right."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from adapters.errors import BadPayloadError, UnavailableError
from benchmarks.faults.measures import Stopwatch, p99
from benchmarks.faults.registry import Outcome, later, row
from benchmarks.faults.scenes import Scene, in_file, week
from cache.errors import CandleError, PricesUnavailableError
from cache.query import Adjust, CandleQuery
from market.candles import Candles
from market.resolution import Resolution
from tests.kit.house import Clock, house
from tests.kit.providers import ScriptedProvider, spoiled, utc
from tests.kit.tables import at_once
from tests.kit.web import client_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.errors import ProviderError
    from adapters.prices import PriceRequest
    from benchmarks.faults.ground import Ground
    from tests.kit.house import TestHouse

IN_SESSION = utc("2025-03-07 16:02")
_PRICE_COLUMNS = ("open", "high", "low", "close")
_TODAY = IN_SESSION.date()
