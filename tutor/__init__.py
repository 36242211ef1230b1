"""dlwalk-tutor: a walk with deep learning, in a terminal."""

__version__ = "0.1.0"
