"""How strictly the signatures of `models` are checked: shapes and types, and an int is a float too."""

import random

# beartype looks at one random item of a list. It gets dice of its own, or what a run draws with
# Python's would depend on whether its types are checked.
_ours, random.getrandbits = random.getrandbits, random.Random(0).getrandbits
from beartype import BeartypeConf, beartype  # noqa: E402  # with the dice above

random.getrandbits = _ours

typechecker = beartype(conf=BeartypeConf(is_pep484_tower=True))
