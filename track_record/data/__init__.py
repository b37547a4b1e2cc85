"""The demo's channel, which is synthetic (README.md)."""
