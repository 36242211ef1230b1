"""The tutor's side of the process border: start, follow and end workers and runs."""
