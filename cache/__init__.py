"""The tiered candle cache: memory → table → provider, one road for every request."""
