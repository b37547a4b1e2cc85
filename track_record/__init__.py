"""Track record: who said what about which stock, and what became of it."""
