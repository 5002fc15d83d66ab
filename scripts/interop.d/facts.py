"""Gathers what the maker of the ledger said into facts.json."""

import json
import os
from pathlib import Path

work = Path(os.environ["INTEROP_WORK"])
facts = {}
for form in ["revoked", "static", "red", "yellow", "held"]:
    said = json.loads((work / f"{form}.json").read_text())
    facts[form] = said["issued"][0]
facts["paper"] = json.loads((work / "paper.json").read_text())
facts["vkey"] = (work / "vkey").read_text().strip()
for size in ["1", "2"]:
    facts[f"size{size}"] = int((work / f"checkpoint.{size}").read_text().splitlines()[1])
(work / "facts.json").write_text(json.dumps(facts, ensure_ascii=False, indent=1))
