"""People: who asks, and the API tokens that prove it."""
