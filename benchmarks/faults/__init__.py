"""What holds under fault and load: every row of the reliability list measured, for docs/reliability.md."""
