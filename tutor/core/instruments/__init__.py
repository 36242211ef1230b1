"""Instruments: small machines to work with, each a value that a key turns into the next.

A course names one in a `lab`; it cannot bring its own. An instrument knows neither screens nor files:
what it needs of the lesson's folder or of a run is handed to it.
"""
