"""Our site by aics-tlog and tlog-scales: checkpoints, tiles, inclusion, consistency, and what they must refuse."""

import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from check import SITE, WORK, Group, end, facts
from tlog_scales.backend import LocalBackend
from tlog_scales.reader import TilesReader
from tlog_scales.signing import Vkey
from tlog_scales.tlog import Checkpoint
from tlog_scales.utils import sha256

FACTS = facts()
ORIGIN = "log.example/henan"
SIZES = FACTS["size1"], FACTS["size2"]


def aics(command, *args):
    done = subprocess.run(
        [Path(sys.executable).with_name("aics-tlog"), command, *map(str, args)],
        capture_output=True, text=True, timeout=120, check=False,
    )
    return done.returncode, (done.stdout + done.stderr).strip()


def common(site):
    return ["--tiles", site, "--vkey-file", WORK / "vkey", "--origin", ORIGIN]


TOOL = f"aics-tlog {version('aics-tlog')}"
group = Group("our log", TOOL)


def takes(name, command, *args):
    code, said = aics(command, *args)
    group.check(name, code == 0, said)


def refuses(name, command, *args):
    code, said = aics(command, *args)
    group.check(name, code == 1, f"exit code {code}: {said}")


takes("checkpoint", "verify-checkpoint", *common(SITE))
takes("kept checkpoint", "verify-checkpoint", "--note", WORK / "checkpoint.1", "--vkey-file", WORK / "vkey")
last = SIZES[1] - 1
for index in sorted({0, 3, SIZES[0] - 1, min(255, last), last}):
    out = WORK / "entry.out"
    takes(f"entry {index}", "verify-inclusion", *common(SITE), "--index", index, "--entry-out", out)
    if index == 3:
        group.equal("entry 3 is the leaf of `log prove`", out.read_bytes(), (WORK / "entry.leaf").read_bytes())
takes(f"{SIZES[0]} to {SIZES[1]} entries", "verify-consistency", *common(SITE), "--old-checkpoint", WORK / "checkpoint.1")
refuses("an entry beyond the end", "verify-inclusion", *common(SITE), "--index", last + 1)

spoiled = WORK / "spoiled"
shutil.rmtree(spoiled, ignore_errors=True)
shutil.copytree(SITE, spoiled)
bundle, tile = (spoiled / part / "000" for part in ("tile/entries", "tile/0"))


def flip(path, place):
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


flip(bundle, 40)
refuses("a changed bit in an entry", "verify-inclusion", *common(spoiled), "--index", 0)
flip(bundle, 40)
flip(tile, 40)
refuses("a changed bit in a tile", "verify-inclusion", *common(spoiled), "--index", 0)
flip(tile, 40)
flip(spoiled / "checkpoint", len(ORIGIN) + 1)
refuses("another size in the checkpoint", "verify-checkpoint", *common(spoiled))

group = Group("our log", f"tlog-scales {version('tlog-scales')}")
vkey = Vkey.from_string(FACTS["vkey"])
newest = Checkpoint.from_text((SITE / "checkpoint").read_text())
older = Checkpoint.from_text((WORK / "checkpoint.1").read_text())
newest.verify(vkey)
older.verify(vkey)
group.equal("checkpoints: signed, sizes", (older.size, newest.size), SIZES)
reader = TilesReader(LocalBackend(SITE))
reader.set_size(newest.size)
group.equal("root from the tiles", reader.calculate_root_hash(), newest.root_hash)
for index in sorted({0, min(255, last), last}):
    reader.get_inclusion_proof(index, newest.size).check(sha256(b"\0" + reader.get_entry(index)), newest.root_hash)
    group.check(f"entry {index}", True)
proof = reader.get_consistency_proof(older.size, newest.size)
proof.check(older.root_hash, newest.root_hash)
group.check(f"{older.size} to {newest.size} entries", True)
group.refuses("another root of before", proof.check, newest.root_hash, newest.root_hash)
end()
