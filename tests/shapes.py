"""How strictly the signatures of `models` are checked: shapes and types, and an int is a float too."""

from beartype import BeartypeConf, beartype

typechecker = beartype(conf=BeartypeConf(is_pep484_tower=True))
