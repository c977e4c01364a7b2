"""A newer C library for programs that want one, beside the system's: from Debian, by apt.

Only where the system's is too old and apt knows a Debian archive; nothing is installed into the
system. Where the system's will do, there is no loader in front of the program.
"""

from __future__ import annotations

import os
import platform

from benchmarks.installs import program, run
from benchmarks.targets import CACHE, Missing

WANTED = (2, 39)
SUITE = "trixie"

_FOLDER = CACHE / "libc"
_LIBRARIES = _FOLDER / "root" / "usr" / "lib" / "x86_64-linux-gnu"
_LOADER = _LIBRARIES / "ld-linux-x86-64.so.2"
_KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg"


def loader() -> list[str]:
    """What is put in front of the program's path."""
    if _is_new_enough():
        return []
    return [str(_LOADER), "--library-path", str(_LIBRARIES)]


def provide() -> None:
    """Make sure that `loader` works; `Missing` where it cannot be."""
    if _is_new_enough() or _LOADER.exists():
        return
    too_old = f"it wants glibc {WANTED[0]}.{WANTED[1]}, which is newer than this system's"
    if platform.machine() != "x86_64":
        raise Missing("it has no build for this processor")
    try:
        _unpack(_archive())
    except Missing as problem:
        raise Missing(f"{too_old}; {problem}") from None


def _is_new_enough() -> bool:
    name, _, numbers = (os.confstr("CS_GNU_LIBC_VERSION") or "").partition(" ")
    return name == "glibc" and tuple(map(int, numbers.split(".")[:2])) >= WANTED


def _archive() -> str:
    """The Debian archive that this system uses already."""
    listed = run([program("apt-get"), "indextargets", "--format", "$(REPO_URI) $(ORIGIN)"], CACHE)
    for line in listed.splitlines():
        uri, _, origin = line.partition(" ")
        if origin == "Debian" and "security" not in uri:
            return uri
    raise Missing("apt knows no Debian archive to get it from")


def _unpack(archive: str) -> None:
    state = _FOLDER / "apt"
    for folder in ("lists/partial", "cache/archives/partial"):
        (state / folder).mkdir(parents=True, exist_ok=True)
    source = f"deb [signed-by={_KEYS}] {archive} {SUITE} main\n"
    (state / "sources.list").write_text(source, "utf-8")
    options = {
        "Dir::Etc::SourceList": state / "sources.list",
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::State::Lists": state / "lists",
        "Dir::Cache": state / "cache",
    }
    apt = [program("apt-get")]
    apt += [part for name, value in options.items() for part in ("-o", f"{name}={value}")]
    run([*apt, "update"], _FOLDER)
    run([*apt, "download", "libc6", "libgcc-s1"], _FOLDER)
    for package in sorted(_FOLDER.glob("*.deb")):
        run([program("dpkg-deb"), "-x", str(package), str(_FOLDER / "root")], _FOLDER)
    if not _LOADER.exists():
        raise Missing("Debian's package has no loader where it was looked for")
