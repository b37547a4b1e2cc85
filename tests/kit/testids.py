"""The test ids that people and checks hold on to: which belong to which page, and which are not built yet."""

from __future__ import annotations

CHART = frozenset(
    {
        "price-chart",
        "ticker-input",
        "search-results",
        *(f"range-{r}" for r in ("1D", "1W", "1M", "3M", "6M", "YTD", "1Y", "5Y", "MAX")),
        *(f"resolution-{r}" for r in ("auto", "1", "5", "15", "30", "60", "D", "W", "M")),
        "current-price",
        "legend-readout",
        "cache-source",
        "data-age",
        "loading-indicator",
        "error-message",
        "retry-button",
        "start-of-history",
        "offline-banner",
        "source-picker",
        "source-automatic",
        "market-state",
        "mentions-toggle",
        "sentiment-toggle",
        "mention-words",
        "fullscreen-toggle",
        "theme-toggle",
        "keyboard-help",
        "adjust-toggle",
        "nav-chart",
        "nav-track-record",
        "nav-system",
    }
)
SYSTEM = frozenset(
    {
        *(f"system-{part}" for part in ("page", "verdict", "tiers", "plots", "breaker", "locks", "flights")),
        *(f"system-{part}" for part in ("memory", "budgets", "alarms", "problems", "old")),
        "nav-chart",
        "nav-track-record",
        "nav-system",
    }
)
CHANNELS = frozenset({"channel-list", "add-channel", "channel-url", "start-analysis", "nav-track-record"})
CHANNEL = frozenset(
    {
        *("start-analysis", "cancel-processing", "processing-progress", "processing-log"),
        *("stocks-view", "timeline-view", "review-view"),
        "nav-track-record",
    }
)
"""On a channel's page; what its sections have comes with them."""
CALLS = frozenset({"calls-list", "back-to-channel", "mention-marker", "mention-card"})
"""On the page of a channel and a stock; marks on any chart while they are switched on."""
LATER_ON_CHART = frozenset(
    {
        "indicators-menu",
        "compare-menu",
        "export-menu",
        "watchlist",
    }
)
PAGES = {"/": CHART}
LATER = LATER_ON_CHART
