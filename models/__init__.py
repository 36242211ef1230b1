"""Deep learning to read: one idea a file, each runs alone with `python -m models.NAME`."""
