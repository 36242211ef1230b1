"""`python -P -m tutor.worker`: wait warm for runs; with `--run FOLDER`: do one run and end."""

import sys
from pathlib import Path


def main() -> None:
    """Start as what the command line asks for."""
    match sys.argv[1:]:
        case []:
            from tutor.worker.warm import serve

            serve()
        case ["--run", folder]:
            from tutor.worker.child import become

            become(Path(folder), close=())
        case _:
            sys.exit("usage: python -P -m tutor.worker [--run FOLDER]")


main()
