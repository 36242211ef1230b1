"""`python -P -m tutor.worker`: wait warm for runs; `--run FOLDER`: do one run; `--rank`: part of it."""

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
        case ["--rank", folder]:
            from tutor.worker.ranks import become_rank

            become_rank(Path(folder))
        case _:
            sys.exit("usage: python -P -m tutor.worker [--run FOLDER | --rank FOLDER]")


main()
