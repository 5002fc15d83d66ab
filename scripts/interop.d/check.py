"""What all checkers written in Python share: results, keys, running mingma."""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

WORK = Path(os.environ["INTEROP_WORK"])
SITE = WORK / "site"
GATE = WORK / "gate"
FAILED = 0


def record(group, tool, result, name, detail=""):
    """Prints one result and keeps it for the table at the end."""
    global FAILED
    FAILED += result == "FAIL"
    print(f"  {result:7} {name}" + (f": {detail}" if detail else ""), flush=True)
    with open(os.environ["INTEROP_RESULTS"], "a", encoding="utf-8") as table:
        table.write("\t".join([group, tool, result, name]) + "\n")


class Group:
    """Checks that one tool makes of one thing."""

    def __init__(self, group, tool):
        self.group, self.tool = group, tool

    def check(self, name, holds, detail=""):
        record(self.group, self.tool, "ok" if holds else "FAIL", name, "" if holds else detail)

    def equal(self, name, found, wanted):
        self.check(name, found == wanted, f"{found!r} is not {wanted!r}")

    def refuses(self, name, act, *args, **named):
        """The act must raise; what it raises is shown."""
        try:
            given = act(*args, **named)
        except Exception as error:  # any refusal will do
            record(self.group, self.tool, "ok", name, f"{type(error).__name__}: {error}"[:90])
            return
        record(self.group, self.tool, "FAIL", name, f"it was accepted and gave {given!r}"[:120])

    def skip(self, name, why):
        record(self.group, self.tool, "skipped", name, why)


def end():
    sys.exit(1 if FAILED else 0)


def mingma(*args, stdin=None, data=True):
    """Runs mingma; gives exit code, standard output, standard error."""
    env = dict(os.environ, MINGMA_LANG="en")
    if data:
        env["MINGMA_DATA"] = str(WORK / "data")
    done = subprocess.run(
        [os.environ["MINGMA"], *map(str, args)],
        input=stdin, capture_output=True, text=True, env=env, cwd=WORK, timeout=300, check=False,
    )
    return done.returncode, done.stdout, done.stderr


def verdict(code, *more):
    """What `mingma verify` says of a code, as (colour, reason)."""
    text = code if isinstance(code, str) else None
    trust = [] if "--trust" in more else ["--trust", GATE]
    args = ["verify", "-" if text else code, "--json", *trust, *more]
    _, out, complaint = mingma(*args, stdin=text, data=False)
    try:
        value = json.loads(out)
    except ValueError:
        return ("no verdict", complaint.strip())
    return (value["colour"], value["reason"])


def b64(text):
    """Base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def keys():
    """The published issuing keys by purpose."""
    listed = json.loads((SITE / "keys.json").read_text())["keys"]
    return {key["purpose"]: key for key in listed}


def facts():
    """What the maker of the ledger wrote down."""
    return json.loads((WORK / "facts.json").read_text())


def listed():
    """The entry of today's list in lists.json."""
    uri = facts()["held"]["uri"]
    lists = json.loads((SITE / "lists.json").read_text())["lists"]
    return next(entry for entry in lists if entry["uri"] == uri)
