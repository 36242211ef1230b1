"""Markdown text to lessons, with every error at its file and line."""
