"""Witnesses: aics-witness cosigns our log; our witness cosigns a foreign log, judged by aics-tlog and tlog-scales."""

import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from importlib.metadata import version
from pathlib import Path

from check import SITE, WORK, Group, end, facts, mingma, verdict
from tlog_scales.backend import LocalBackend
from tlog_scales.reader import TilesReader
from tlog_scales.signing import Vkey
from tlog_scales.tlog import Checkpoint
from tlog_scales.utils import b64enc

FACTS = facts()
OURS, FOREIGN = "log.example/henan", "log.example/foreign"
HAVE = mingma("witness", "--help", data=False)[0] == 0
STARTED = []
# Of the foreign log, in this order: three entries; seven, wrongly proven; three again; seven; other seven.
REQUESTS = ["first", "wrong", "stale", "grown", "fork"]


def program(name):
    return Path(sys.executable).with_name(name)


def run(*command):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, (done.stdout + done.stderr).strip()


def post(url, body):
    """Posts bytes; gives status, type, answer."""
    asked = urllib.request.Request(url, data=body, method="POST", headers={"Content-Type": "text/plain"})
    return answer(asked)


def answer(asked):
    try:
        with urllib.request.urlopen(asked, timeout=20) as reply:
            return reply.status, reply.headers.get("Content-Type"), reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers.get("Content-Type"), error.read().decode()


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def start(*command, log):
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=open(WORK / log, "w"))
    STARTED.append(process)
    return process


def wait_for(url, process):
    for _ in range(100):
        if process.poll() is not None:
            raise RuntimeError(f"the witness ended with {process.returncode}")
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the witness does not answer")


def request(old, checkpoint, proof=()):
    lines = [f"old {old}", *(b64enc(node) for node in proof), ""]
    return ("\n".join(lines) + "\n" + checkpoint).encode()


def name_of(origin):
    return hashlib.sha256(origin.encode()).hexdigest()


def aics_log():
    """aics-witness cosigns two sizes of our log."""
    group = Group("witness for our log", f"aics-witness {version('aics-witness')}")
    home = WORK / "aics"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    config, url = home / "witness.json", f"http://127.0.0.1:{free_port()}"
    code, said = run(program("aics-witness"), "init", "-c", config, "--name", "witness.example/aics",
                     "--listen", url.removeprefix("http://"))
    group.check("init", code == 0, said)
    vkey = next(word for word in said.split() if word.startswith("witness.example/aics+"))
    code, said = run(program("aics-witness"), "add-log", "-c", config, "--origin", OURS, "--vkey", FACTS["vkey"])
    group.check("our public key is taken", code == 0, said)
    foreign = WORK / "foreign"
    if (foreign / "vkey").exists():
        key = (foreign / "vkey").read_text().strip()
        run(program("aics-witness"), "add-log", "-c", config, "--origin", FOREIGN, "--vkey", key)
    process = start(program("aics-witness"), "serve", "-c", config, log="aics.log")
    wait_for(url + "/healthz", process)

    texts = [(WORK / f"checkpoint.{n}").read_text() for n in (1, 2)]
    notes = [Checkpoint.from_text(text) for text in texts]
    reader = TilesReader(LocalBackend(SITE))
    reader.set_size(notes[1].size)
    grown = reader.get_consistency_proof(notes[0].size, notes[1].size).node_hashes
    add = url + "/add-checkpoint"
    status, _, line = post(add, request(0, texts[0]))
    group.equal(f"{notes[0].size} entries: cosigned", status, 200)
    status, kind, said = post(add, request(0, texts[1]))
    group.equal("a stale size: told the right one", (status, kind, said), (409, "text/x.tlog.size", f"{notes[0].size}\n"))
    status, _, line = post(add, request(notes[0].size, texts[1], grown))
    group.equal(f"{notes[0].size} to {notes[1].size} entries: cosigned", status, 200)
    cosigned = WORK / "cosigned.aics"
    cosigned.write_text(texts[1] + line)
    if (foreign / "vkey").exists():
        # The same requests as our witness gets below; on a fork the two differ (docs/interop.md).
        answers = [post(add, (foreign / f"{name}.request").read_bytes())[0] for name in REQUESTS]
        group.equal("the requests of the foreign log", answers, [200, 422, 409, 200, 422])
    group = Group("witness for our log", f"aics-tlog {version('aics-tlog')}")
    code, said = run(program("aics-tlog"), "verify-checkpoint", "--note", cosigned, "--vkey-file", WORK / "vkey",
                     "--witness-key", vkey, "--quorum", 1, "--max-age", 3600)
    group.check("the cosigned note meets its quorum", code == 0, said)
    return url, vkey


def our_witness():
    """Our witness cosigns a log made with Go, and refuses what it must."""
    home = WORK / "watch"
    shutil.rmtree(home, ignore_errors=True)
    ours = "mingma witness"
    group = Group("our witness", ours)
    code, said, complaint = mingma("witness", "init", home, "--name", "witness.example/watch", "--json", data=False)
    group.check("init", code == 0, complaint)
    keys = [Vkey.from_string(key) for key in json.loads(said)["keys"]]
    group.equal("keys of types 4 and 6", sorted(key.sig_type for key in keys), [4, 6])
    for path in ("foreign/vkey", "vkey"):
        code, _, complaint = mingma("witness", "trust", home, WORK / path, data=False)
        group.check(f"trusts the log of {path}", code == 0, complaint)
    url = f"http://127.0.0.1:{free_port()}"
    process = start(os.environ["MINGMA"], "witness", "serve", home, "--listen", url.removeprefix("http://"), log="watch.log")
    wait_for(url + "/keys", process)

    foreign = WORK / "foreign"
    if not (foreign / "first.request").exists():
        group.skip("a foreign log", "it is made with Go")
        return url, keys
    add = url + "/add-checkpoint"
    lines = ""
    for name, wanted in zip(REQUESTS, [200, 422, 409, 200, 409]):
        status, kind, said = post(add, (foreign / f"{name}.request").read_bytes())
        group.check(f"{name}: {wanted}", status == wanted, f"{status} {said}")
        if name == "stale":
            group.equal("stale: the right size", (kind, said), ("text/x.tlog.size", "3\n"))
        if name == "grown":
            lines = said
    unknown = (foreign / "first.request").read_text().replace(FOREIGN, "log.example/unknown")
    group.equal("an unknown origin: 404", post(add, unknown.encode())[0], 404)
    forged = (foreign / "first.request").read_text().replace("\n3\n", "\n2\n", 1)
    group.equal("a wrong signature: 403", post(add, forged.encode())[0], 403)
    kept = sorted(path.name.split("-")[0] for path in home.glob("evidence/*/*.request"))
    group.equal("evidence kept", kept, ["doubt", "fork"])
    status, _, monitored = answer(f"{url}/{name_of(FOREIGN)}/checkpoint")
    group.equal("monitors see the newest checkpoint", (status, monitored.split("\n")[1]), (200, "7"))

    cosigned = (foreign / "note.7").read_text() + lines
    (WORK / "cosigned.foreign").write_text(cosigned)
    ed25519 = next(key for key in keys if key.sig_type == 4)
    group = Group("our cosignatures", f"aics-tlog {version('aics-tlog')}")
    for name, note in [("answer", "cosigned.foreign"), ("for monitors", "monitored.foreign")]:
        if name == "for monitors":
            (WORK / note).write_text(monitored)
        code, said = run(program("aics-tlog"), "verify-checkpoint", "--note", WORK / note, "--vkey-file", foreign / "vkey",
                         "--witness-key", ed25519.serialize(), "--quorum", 1, "--max-age", 3600)
        group.check(f"Ed25519 (type 4), {name}", code == 0, said)
    group = Group("our cosignatures", f"tlog-scales {version('tlog-scales')}")
    note = Checkpoint.from_text(cosigned)
    for key in keys:
        label = {4: "Ed25519 (type 4)", 6: "ML-DSA-44 (type 6)"}[key.sig_type]
        line = next(line for line in note.signatures if key.match(line))
        try:
            key.get_verifier().verify_note(line, note)
            group.check(label, True)
        except Exception as error:
            group.check(label, False, repr(error))
        other = Checkpoint(note.origin, note.size + 1, note.root_hash, note.signatures)
        group.refuses(f"{label} under another size", key.get_verifier().verify_note, line, other)
        late = type(line)(line.name, line.key_id, bytes([line.payload[0] ^ 1]) + line.payload[1:])
        group.refuses(f"{label} with another time", key.get_verifier().verify_note, late, note)
    return url, keys


def ask_both(aics, watch):
    """Our ledger asks both; a gate that wants both then takes the list as witnessed."""
    group = Group("our log asks witnesses", f"aics-witness {version('aics-witness')}, mingma witness")
    ed25519 = next(key for key in watch[1] if key.sig_type == 4).serialize()
    policy = WORK / "both.policy"
    policy.write_text(
        f"log {FACTS['vkey']} https://{OURS}\n"
        f"witness outside {aics[1]} {aics[0]}\nwitness inside {ed25519} {watch[0]}\n"
        "group both all outside inside\nquorum both\n"
    )
    code, _, complaint = mingma("witness", "policy", "--set", policy)
    group.check("policy", code == 0, complaint)
    code, _, complaint = mingma("trust", "fetch", "site", "--trust", "gate-before", "--policy", policy, data=False)
    red = (WORK / "red.txt").read_text().strip()
    found = verdict(red, "--trust", WORK / "gate-before") if code == 0 else ("cannot_tell", "no_list")
    group.equal("before: no list has its quorum", found, ("cannot_tell", "no_list"))
    code, said, complaint = mingma("witness", "ask", "--json")
    group.check("both cosign", code == 0 and json.loads(said)["quorum_met"], said + complaint)
    code, _, complaint = mingma("publish", "--out", "site-witnessed")
    group.check("publish", code == 0, complaint)
    code, said = run(program("aics-tlog"), "verify-checkpoint", "--tiles", WORK / "site-witnessed", "--vkey-file", WORK / "vkey",
                     "--witness-key", aics[1], "--witness-key", ed25519, "--quorum", 2, "--max-age", 3600)
    Group("our log asks witnesses", f"aics-tlog {version('aics-tlog')}").check("published checkpoint: quorum of 2", code == 0, said)
    code, _, complaint = mingma("trust", "fetch", "site-witnessed", "--trust", "gate-witnessed", "--policy", policy, data=False)
    group.check("a gate that asks for both takes it", code == 0, complaint)
    found = verdict(red, "--trust", WORK / "gate-witnessed")
    group.equal("the red is red by a witnessed list", found, ("red", "current"))


def main():
    try:
        aics = aics_log()
        if not HAVE:
            for group, name in [("our witness", "a foreign log"), ("our cosignatures", "Ed25519 and ML-DSA-44"),
                                ("our log asks witnesses", "both cosign")]:
                Group(group, "mingma witness").skip(name, "this mingma has no `witness` command")
            return
        watch = our_witness()
        ask_both(aics, watch)
    finally:
        for process in STARTED:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


main()
end()
