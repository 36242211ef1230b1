"""The other side of the process border: imports torch and drives one run at a time."""
