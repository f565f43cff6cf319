"""The ring of master keys on disk, from which every other key of the receiver is derived.

A file of lines `number:64 hex digits`, readable by its owner alone; the highest number makes new keys,
the others still verify.  So the database holds no secret.
"""

import os
import re
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from receiver.domain.errors import BadSettings

_LINE = re.compile(r"(?P<number>[1-9][0-9]{0,3}):(?P<secret>[0-9a-f]{64})")
SALT = b"selfhosted-flattr/1"


class MasterKeys:
    """Keys by number; derives keys for one purpose each (RFC 5869, HKDF-SHA256)."""

    def __init__(self, secret_by_number: dict[int, bytes]) -> None:
        assert secret_by_number, "a ring has a key"
        self._secret_by_number = secret_by_number
        self.newest = max(secret_by_number)

    def derive(self, *labels: str, master: int | None = None) -> bytes:
        """Return 32 bytes for these labels, the first of which names the purpose.

        Raises BadSettings if the master key that made them is no longer in the file.
        """
        number = self.newest if master is None else master
        try:
            secret = self._secret_by_number[number]
        except KeyError:
            raise BadSettings([f"master key {number} is missing from its file; put the line back"]) from None
        assert not any("\0" in label for label in labels), "labels are parted by zero bytes"
        return HKDF(SHA256(), 32, SALT, "\0".join(labels).encode()).derive(secret)


def load_master_keys(path: Path) -> MasterKeys:
    """Read the ring.  Raises BadSettings if the file is missing, damaged, or readable by others."""
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise BadSettings([f"others can read {path}; run: chmod 600 {path}"])
        lines = path.read_text(encoding="ascii").split()
    except FileNotFoundError:
        raise BadSettings(
            [f"the books are there, but not their master keys in {path}; put the file back from your backup "
             "(docs/operating.md tells what to do if there is none)"]
        ) from None  # fmt: skip
    except OSError as error:
        raise BadSettings([f"the master keys in {path} cannot be read: {error.strerror}"]) from None
    except UnicodeDecodeError:
        raise BadSettings([f"{path} is not a file of master keys"]) from None
    matches = [_LINE.fullmatch(line) for line in lines]
    if not matches or not all(matches):
        raise BadSettings([f"{path} holds a line that is not NUMBER:64 HEX DIGITS"])
    secret_by_number = {int(match["number"]): bytes.fromhex(match["secret"]) for match in matches if match}
    if len(secret_by_number) != len(lines):
        raise BadSettings([f"{path} names a master key twice"])
    return MasterKeys(secret_by_number)


def create_master_keys(path: Path) -> None:
    """Write a new ring of one key, unless the file is already there."""
    begun = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(begun, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(f"1:{secrets.token_hex(32)}\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):  # whoever was faster has made the one that counts
            os.link(begun, path)  # whole or not at all, whenever the process is killed
        _sync_folder(path.parent)
    except FileExistsError:
        raise BadSettings([f"FLATTR_DATA_DIR: {path.parent} is no folder"]) from None
    except OSError as error:
        raise BadSettings([f"FLATTR_DATA_DIR: {path.parent} cannot be used: {error.strerror}"]) from None
    finally:
        with suppress(OSError):
            begun.unlink()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
