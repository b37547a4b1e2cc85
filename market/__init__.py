"""The domain, pure: candles, resolutions, sessions, the trading-time axis. No input or output of any kind."""
