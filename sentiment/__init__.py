"""How news and videos speak of a stock: scored, kept, and read as a history."""
