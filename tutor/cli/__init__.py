"""The command line: everything the screens can do, without a screen.

Exit codes live here alone: 0 done, 1 not passed or findings, 2 usage or no terminal, 3 a run
failed, 130 interrupted. Data goes to stdout, talk to stderr.
"""
