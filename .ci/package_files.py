"""Compare what an sdist and a wheel hold with the files of the repository: ``package_files.py SDIST WHEEL``."""

import os
import subprocess
import sys
import tarfile
import zipfile

FOLDERS = ("theories", "ir", "encoders", "obligations")


def sources() -> set[str]:
    """The files that are tracked, or would be with ``git add .``; links left out."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return {name for name in listing.splitlines() if os.path.isfile(name) and not os.path.islink(name)}


def difference(title: str, expected: set[str], found: set[str]) -> bool:
    """Print what is missing and what is too much; whether there is any."""
    for word, names in (("missing", expected - found), ("unexpected", found - expected)):
        for name in sorted(names):
            print(f"{title}: {word} {name}")
    print(f"{title}: {len(found)} files")
    return expected != found


def main(sdist: str, wheel: str) -> int:
    """The exit code."""
    files = sources()
    with tarfile.open(sdist) as archive:
        inside = {m.name.partition("/")[2] for m in archive.getmembers() if m.isfile()}
    with zipfile.ZipFile(wheel) as archive:
        installed = {name for name in archive.namelist() if ".dist-info/" not in name}
    expected = {f"probanda/{f}" for f in files if f.partition("/")[0] in FOLDERS}
    expected |= {f for f in files if f.startswith("probanda/")}
    return difference("sdist", files, inside - {"PKG-INFO"}) | difference("wheel", expected, installed)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
