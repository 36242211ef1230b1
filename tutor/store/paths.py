"""Where things live. Nothing is made before something is written."""

import os
from pathlib import Path

import platformdirs
from msgspec import Struct

APP = "dlwalk-tutor"


class Places(Struct, frozen=True):
    """The folders of one learner.

    Attributes:
        data: Progress and runs.
        code: The learner's own files.
    """

    data: Path
    code: Path

    @property
    def database(self) -> Path:
        """The progress database."""
        return self.data / "progress.sqlite"

    @property
    def copies(self) -> Path:
        """Copies of the database, and damaged ones that were set aside."""
        return self.data / "copies"

    @property
    def runs(self) -> Path:
        """A folder a run."""
        return self.data / "runs"

    @property
    def cache(self) -> Path:
        """What can be made again: parsed courses."""
        return self.data / "cache"


def places(home: Path | None = None) -> Places:
    """The learner's folders: under `home`, else under DLWALK_HOME, else where the system puts them."""
    chosen = home or (Path(os.environ["DLWALK_HOME"]) if os.environ.get("DLWALK_HOME") else None)
    if chosen is not None:
        chosen = chosen.expanduser().absolute()
        return Places(data=chosen, code=chosen / "code")
    return Places(data=platformdirs.user_data_path(APP), code=Path.home() / "dlwalk-code")
