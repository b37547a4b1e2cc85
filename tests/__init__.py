"""Tests: unit, property, contract and e2e, and the kit that they share."""
