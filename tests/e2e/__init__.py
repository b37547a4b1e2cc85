"""The whole product, in a real browser or over HTTP."""
