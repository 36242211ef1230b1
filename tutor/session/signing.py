"""Signing and checking with the keys that SSH uses; the work is done by `ssh-keygen -Y`."""

import subprocess
import tempfile
from pathlib import Path

from tutor.core.errors import TutorError
from tutor.core.text import visible
from tutor.core.transcript import Signature

NAMESPACE = "dlwalk-tutor"
_KEYS = ("id_ed25519", "id_ecdsa", "id_rsa")


def default_key() -> Path:
    """The learner's own key.

    Raises:
        TutorError: If there is none.
    """
    for name in _KEYS:
        path = Path.home() / ".ssh" / name
        if path.is_file():
            return path
    raise TutorError(
        "There is no SSH key to sign with.", "Make one with `ssh-keygen -t ed25519`, or name one."
    )


def sign(seal: str, key: Path) -> Signature:
    """Sign a report's seal.

    Raises:
        TutorError: If the key is not there, is locked and nobody could unlock it, or cannot sign.
    """
    public = key if key.suffix == ".pub" else Path(f"{key}.pub")
    if not key.is_file() or not public.is_file():
        raise TutorError(
            f"There is no key pair at {visible(str(key))}.", "Both KEY and KEY.pub are needed."
        )
    # Standard error and the terminal stay open: a passphrase is asked for by ssh-keygen itself.
    done = _keygen("sign", "-f", str(key), "-n", NAMESPACE, text=seal)
    if done.returncode or not done.stdout:
        raise TutorError("The report could not be signed.", visible(done.stderr.strip())[:200])
    return Signature(key=public.read_text(encoding="utf-8").strip(), armoured=done.stdout)


def signer(seal: str, signature: Signature, allowed: Path | None = None) -> str | None:
    """Whose key signed this seal; None where the signature is not good.

    Args:
        seal: What was signed.
        signature: As in the report.
        allowed: An `allowed_signers` file that says which key is whose; without it only the key
            is known, by its fingerprint, and not whose it is.

    Raises:
        TutorError: If `ssh-keygen` is not installed.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "signature")
        file.write_text(signature.armoured, encoding="utf-8")
        check = ("check-novalidate", "-n", NAMESPACE, "-s", str(file))
        done = _keygen(*check, text=seal)
        if done.returncode:
            return None
        if allowed is None:
            # "Good "dlwalk-tutor" signature with ED25519 key SHA256:..."
            return visible(done.stdout.strip().rpartition(" with ")[2])
        who = _keygen("find-principals", "-s", str(file), "-f", str(allowed), text="")
        name = who.stdout.strip().split("\n")[0]
        if who.returncode or not name:
            return None
        proof = _keygen(
            *("verify", "-f", str(allowed), "-I", name, "-n", NAMESPACE, "-s", str(file)), text=seal
        )
        return visible(name) if proof.returncode == 0 else None


def _keygen(what: str, *arguments: str, text: str) -> "subprocess.CompletedProcess[str]":
    try:
        return subprocess.run(
            ["ssh-keygen", "-Y", what, *arguments],
            input=text,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    except FileNotFoundError as error:
        raise TutorError(
            "Signatures need `ssh-keygen`, and it is not installed.", "It is part of OpenSSH."
        ) from error
