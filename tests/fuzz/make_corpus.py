"""Makes the corpus anew: the logs that corpus/shop.py leaves on each interpreter, without what is of this machine.

    python tests/fuzz/make_corpus.py PYTHON...     (the collector of build/release)

corpus/hitlog holds whole logs, corpus/contents the same for the other target: eight bytes of its own, then records
without the long one that names the opcodes.
"""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tests/collector"))
from hit_log import TAGS, read_logs  # noqa: E402

NUMBERS = {name: number for number, name in TAGS.items()}
PROCESS = b'{"argv": ["python", "shop.py"], "cwd": "/shop", "root": "/shop", "executable": "python", "version": "3"}'
HEADER = 128


def main(pythons: list[str]) -> None:
    for name in ("hitlog", "contents"):
        (HERE / "corpus" / name).mkdir(parents=True, exist_ok=True)
        for made in (HERE / "corpus" / name).glob("3.*"):  # what once broke a promise has another name, and stays
            made.unlink()
    for python in map(os.path.abspath, pythons):
        version = subprocess.check_output(
            [python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"], text=True
        )
        for backend in ("events", "markers") if version.strip() >= "3.14" else ("markers",):
            record(python, f"{version.strip()}-{backend}", backend)


def record(python: str, name: str, backend: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(HERE / "corpus/shop.py", folder)
        variables = {
            "BRANCHLIGHT_DIR": f"{folder}/.branchlight",
            "BRANCHLIGHT_ROOT": folder,
            "BRANCHLIGHT_RUN": uuid.uuid4().hex,
            "BRANCHLIGHT_BACKEND": backend,
            "PYTHONPATH": str(ROOT / "build/release/collector/site"),
        }
        subprocess.run([python, "shop.py"], cwd=folder, env=variables, check=False, stderr=subprocess.DEVNULL)
        for number, log in enumerate(read_logs(Path(folder) / ".branchlight")):
            header = bytearray(log.path.read_bytes()[:HEADER])
            header[20:28] = struct.pack("=II", number + 1, number)  # process and parent
            header[32:64] = struct.pack("=QQ16s", 0, number + 1, bytes(16))  # start, created, run
            records = [again(*each, folder.encode()) for each in log.records if each[0] != "padding"]
            tags = [each[0] for each in log.records if each[0] != "padding"]
            suffix = "" if number == 0 else "-fork"
            body = b"".join(records) + bytes(16)
            header[72:80] = struct.pack("=Q", HEADER + len(body))  # allocated
            (HERE / f"corpus/hitlog/{name}{suffix}.hits").write_bytes(bytes(header) + body)
            table = {"3.14": 1, "3.15": 2}.get(name.split("-")[0], 0)
            without = [bytes_ for tag, bytes_ in zip(tags, records, strict=True) if tag != "opcodes"]
            controls = bytes([table, number, 0, 0, 31 * number, 0, 0, 0])
            (HERE / f"corpus/contents/{name}{suffix}").write_bytes(controls + b"".join(without))


def again(tag: str, small: int, large: int, payload: bytes, folder: bytes) -> bytes:
    number = NUMBERS[tag]
    if tag == "process":
        payload = PROCESS
    if tag == "file":
        payload = payload.replace(folder, b"/shop")
    if number >= 0x40:
        large = len(payload)
        payload += bytes(-large % 8)
    return struct.pack("=Q", number | small << 8 | large << 32) + payload


if __name__ == "__main__":
    main(sys.argv[1:])
