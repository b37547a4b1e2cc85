"""One suite for each protocol, run over every implementation of it."""
