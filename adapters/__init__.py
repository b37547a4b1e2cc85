"""The outside world behind small protocols: one file for each provider, and one for their errors."""
