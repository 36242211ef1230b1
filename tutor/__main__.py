"""`python -m tutor` is the same as the command `dlwalk-tutor`."""

from tutor.cli.app import main

main()
