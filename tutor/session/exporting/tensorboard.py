"""Runs as TensorBoard's event files, written with its own protocol buffers and without torch."""

import itertools
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tutor.core.errors import TutorError
from tutor.core.text import visible
from tutor.session.exporting.extras import extra
from tutor.session.exporting.tracking import Setup

FILE = "events.out.tfevents"


class TensorBoard:
    """One run in a folder of its own, DIR/RUN.

    Its numbers have 32 bits, as TensorBoard's own.
    """

    def __init__(self, folder: Path, *, replace: bool = False) -> None:
        """Nothing is written before `begin`.

        Args:
            folder: The log directory of all runs.
            replace: Whether event files of this run that lie there are thrown away.

        Raises:
            TutorError: If TensorBoard is not installed.
        """
        events, hparams, records = extra(
            "tensorboard",
            "tensorboard.compat.proto.event_pb2",
            "tensorboard.plugins.hparams.plugin_data_pb2",
            "tensorboard.summary.writer.record_writer",
        )
        self._event = events.Event
        self._hparams = hparams.HParamsPluginData
        self._records = records.RecordWriter
        self._folder = folder
        self._replace = replace
        self._writer: Any = None

    def begin(self, setup: Setup) -> None:
        """Make the file. Raises TutorError if the run is there already, OSError if it cannot be."""
        self._folder /= setup.run
        self._folder.mkdir(parents=True, exist_ok=True)
        earlier = sorted(self._folder.glob(f"{FILE}.*"))
        if earlier and not self._replace:
            raise TutorError(
                f"{visible(str(self._folder))} holds this run already.",
                "Name another folder, or export the run with --force.",
            )
        for path in earlier:
            path.unlink()
        # A TensorBoard that still holds an earlier file takes one of another name for new.
        file = self._folder / f"{FILE}.{time.time():.6f}.dlwalk"
        self._writer = self._records(file.open("xb"))
        self._write(wall_time=setup.at, file_version="brain.Event:2")
        self._session(setup.at, "session_start_info", self._start(setup))
        self.words(setup.at, 0, "run", setup.title)

    def _start(self, setup: Setup) -> Any:
        start = {"group_name": setup.run, "start_time_secs": setup.at}
        data = self._hparams(session_start_info=start)
        for name, value in setup.config.items():
            hparam = data.session_start_info.hparams[name]
            if isinstance(value, bool):
                hparam.bool_value = value
            elif isinstance(value, str):
                hparam.string_value = value
            else:
                hparam.number_value = value
        return data

    def scalars(self, at: float, step: int, values: Mapping[str, float]) -> None:
        """What was read after a step, in one event."""
        found = [{"tag": name, "simple_value": value} for name, value in values.items()]
        self._write(wall_time=at, step=step, summary={"value": found})

    def image(self, at: float, step: int, name: str, png: bytes, caption: str) -> None:
        """A picture; its caption becomes the description of its tag."""
        # Where a PNG file says how wide and how high it is.
        width, height = (int.from_bytes(png[begin : begin + 4], "big") for begin in (16, 20))
        image = {
            "encoded_image_string": png,
            "width": width,
            "height": height,
            "colorspace": 3,
        }
        metadata = {"summary_description": caption, "plugin_data": {"plugin_name": "images"}}
        self._value(at, step, name, image=image, metadata=metadata)

    def histogram(
        self, at: float, step: int, name: str, edges: Sequence[float], counts: Sequence[float]
    ) -> None:
        """Bins by their right edges."""
        middles = [(a + b) / 2 for a, b in itertools.pairwise(edges)]
        histogram = {
            "min": edges[0],
            "max": edges[-1],
            "num": sum(counts),
            "sum": sum(x * n for x, n in zip(middles, counts, strict=True)),
            "sum_squares": sum(x * x * n for x, n in zip(middles, counts, strict=True)),
            "bucket_limit": list(edges[1:]),
            "bucket": list(counts),
        }
        self._value(at, step, name, histo=histogram)

    def words(self, at: float, step: int, name: str, text: str) -> None:
        """A text, for the tab of texts."""
        tensor = {
            "dtype": "DT_STRING",
            "tensor_shape": {"dim": [{"size": 1}]},
            "string_val": [text.encode("utf-8", "replace")],
        }
        self._value(at, step, name, tensor=tensor, metadata=_tab("text"))

    def flush(self) -> None:
        """Let a TensorBoard that watches the folder see it."""
        self._writer.flush()

    def close(self, at: float, ended_well: bool | None) -> str:
        """Say how it ended, if it has."""
        if ended_well is not None:
            status = "STATUS_SUCCESS" if ended_well else "STATUS_FAILURE"
            end = {"status": status, "end_time_secs": at}
            self._session(at, "session_end_info", self._hparams(session_end_info=end))
        self._writer.close()
        return f"TensorBoard: {visible(str(self._folder))}"

    def _session(self, at: float, name: str, data: Any) -> None:
        """What the tab of hyperparameters reads: its own message as metadata of an empty value."""
        empty = {"dtype": "DT_FLOAT", "tensor_shape": {"dim": [{"size": 0}]}}
        metadata = _tab("hparams", data.SerializeToString())
        self._value(at, 0, f"_hparams_/{name}", tensor=empty, metadata=metadata)

    def _value(self, at: float, step: int, name: str, **value: Any) -> None:
        self._write(wall_time=at, step=step, summary={"value": [{"tag": name, **value}]})

    def _write(self, **fields: Any) -> None:
        self._writer.write(self._event(**fields).SerializeToString())


def _tab(name: str, content: bytes = b"") -> dict[str, Any]:
    """Which of TensorBoard's tabs a tensor belongs to."""
    plugin = {"plugin_name": name, "content": content}
    return {"data_class": "DATA_CLASS_TENSOR", "plugin_data": plugin}
