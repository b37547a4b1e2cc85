"""Tables of expected answers, each made by a script beside it that does not use the code under test."""
