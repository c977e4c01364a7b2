"""Builds sdist and wheel, and looks at what is in them and at a gateway that runs from them.

    python distributions.py TOOLS_PYTHON WORK

TOOLS_PYTHON has `build` and the build backend; everything is made in the folder WORK. The wheel is
built from the sdist, so that neither lacks a file.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
PORT = 4987


def tracked() -> set[str]:
    """The package's files, as the repository has them."""
    listed = subprocess.check_output(["git", "ls-files", "-z", "gateway"], cwd=ROOT, text=True)
    return set(listed.split("\0")) - {""}


def build(tools: str, work: Path) -> Path:
    """The wheel."""
    command: list[str | Path] = [tools, "-m", "build", "--no-isolation", "--outdir", work / "dist"]
    subprocess.run([*command, ROOT], check=True)
    [wheel] = (work / "dist").glob("*.whl")
    return wheel


def compare(wheel: Path) -> None:
    """The wheel has the package's files, and no other."""
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    lacking, strange = sorted(tracked() - packed), sorted(packed - tracked())
    if lacking or strange:
        sys.exit(f"{wheel.name} lacks {lacking}, and has {strange} that is not in the repository")
    print(f"{wheel.name}: {len(packed)} files, those of the repository")


def installed(wheel: Path, work: Path) -> Path:
    """The command, in an environment with the locked packages and the wheel."""
    environment = work / "installed"
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    install: list[str | Path] = [environment / "bin" / "pip", "install", "--quiet"]
    lock = ROOT / "requirements" / "runtime.txt"
    subprocess.run([*install, "--no-deps", "--require-hashes", "-r", lock], check=True)
    subprocess.run([*install, "--no-deps", wheel], check=True)
    return environment / "bin" / "retell-gateway"


def text(path: str, accept: str = "*/*") -> str:
    """What the gateway answers; empty where it does not listen yet."""
    request = urllib.request.Request(f"http://127.0.0.1:{PORT}{path}", headers={"accept": accept})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:  # noqa: S310 - our own address
            return str(answer.read(), "utf-8")
    except urllib.error.HTTPError as error:
        sys.exit(f"{path} answers {error.code}")
    except urllib.error.URLError:
        return ""


def try_out(command: Path, work: Path) -> None:
    """The installed gateway lives, and serves GraphiQL with an asset and the example tabs."""
    environment = {**os.environ, "GATEWAY_PORT": str(PORT)}
    environment |= {"GATEWAY_GRAPHIQL": "true", "GATEWAY_INTROSPECTION": "true"}
    gateway = subprocess.Popen([command, "serve"], cwd=work, env=environment)
    try:
        until = time.monotonic() + 30
        while not text("/livez"):
            if gateway.poll() is not None or time.monotonic() > until:
                sys.exit("the installed gateway does not start")
            time.sleep(0.1)
        page = text("/graphql", "text/html")
        if "<html" not in page or "first: " not in page:
            sys.exit("the installed gateway serves no GraphiQL with examples")
    finally:
        gateway.terminate()
        gateway.wait(30)
    print("the installed gateway lives and serves GraphiQL")


def main() -> None:
    """All of it, in order."""
    tools, work = sys.argv[1], Path(sys.argv[2])
    wheel = build(tools, work)
    compare(wheel)
    command = installed(wheel, work)
    schema = ROOT / "schema.graphql"
    subprocess.run([command, "schema", "--check", "--path", schema], cwd=work, check=True)
    try_out(command, work)


if __name__ == "__main__":
    main()
