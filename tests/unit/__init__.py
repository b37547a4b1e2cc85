"""One module of the project at a time."""
