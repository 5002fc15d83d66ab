"""Our lists by openvc-core (JWT, CWT, what credentials say of them) and token-status-list (the array)."""

import base64
import json
import time
from datetime import datetime, timezone
from importlib.metadata import version

from check import SITE, WORK, Group, end, facts, keys, listed
from openvc import cbor, cose
from openvc.status.issue import verify_status_list_token
from openvc.status.token_status_list import check_token_status, decode_status_list, get_status
from token_status_list import BitArray

FACTS, NOW = facts(), int(time.time())
WANTED = {"held": 0, "static": 0, "revoked": 1, "yellow": 2, "red": 3}
URI = FACTS["held"]["uri"]
TOOL = f"openvc-core {version('openvc-core')}"
KEY, ISSUER = keys()["status_list"]["jwk"], keys()["credential"]["jwk"]
JWT = (SITE / "s" / (URI.rsplit("/", 1)[1] + ".jwt")).read_text().strip()


def reference(form, idx=None):
    slot = FACTS[form]["idx"] if idx is None else idx
    return {"status": {"status_list": {"uri": URI, "idx": slot}}}


group = Group("our list (JWT)", TOOL)
claims = verify_status_list_token(JWT, public_key_jwk=KEY, expected_uri=URI)
group.check("signature, typ, sub, times", claims["sub"] == URI)
group.equal("its times are those of the CWT list", datetime.fromtimestamp(claims["iat"], timezone.utc).strftime("%FT%TZ"), listed()["issued"])
for form, value in WANTED.items():
    found = check_token_status(reference(form), resolve_status_list_token=lambda uri: claims)
    group.equal(f"slot of {form}", (found.status, found.revoked, found.suspended), (value, value == 1, value == 2))
slots = listed()["slots"]
array = decode_status_list(claims["status_list"]["lst"])
group.equal("slots as many as the log says", len(array) * 4, slots)
group.equal("the last slot can be read", get_status(array, slots - 1, bits=2), 0)
counted = [0, 0, 0, 0]
for byte in array:
    if byte:
        for shift in (0, 2, 4, 6):
            counted[byte >> shift & 3] += 1
group.equal("withdrawn, yellow, red as the log says", counted[1:], [listed()[w] for w in ("revoked", "yellow", "red")])
group.refuses("a slot out of range", check_token_status, reference("held", slots), resolve_status_list_token=lambda uri: claims)
group.refuses("the key for credentials", verify_status_list_token, JWT, public_key_jwk=ISSUER, expected_uri=URI)
group.refuses("another address", verify_status_list_token, JWT, public_key_jwk=KEY, expected_uri=URI + "0")
group.refuses("after its end", verify_status_list_token, JWT, public_key_jwk=KEY, now=claims["exp"] + 120)
head, body, signature = JWT.split(".")
greener = dict(claims, status_list=dict(claims["status_list"], bits=1))
greener = base64.urlsafe_b64encode(json.dumps(greener).encode()).rstrip(b"=").decode()
group.refuses("changed claims", verify_status_list_token, ".".join([head, greener, signature]), public_key_jwk=KEY)

group = Group("our list (CWT)", TOOL)
token = cose.parse_sign1(cbor.decode((SITE / listed()["path"]).read_bytes()))
group.check("signature", cose.verify_sign1(token, public_jwk=KEY))
inner = cbor.decode(token.payload)[65533]
as_jwt = {"status_list": {"bits": inner["bits"], "lst": base64.urlsafe_b64encode(inner["lst"]).rstrip(b"=").decode()}}
for form, value in WANTED.items():
    found = check_token_status(reference(form), resolve_status_list_token=lambda uri: as_jwt)
    group.equal(f"slot of {form}", found.status, value)
group.check("the same array as in the JWT", decode_status_list(as_jwt["status_list"]["lst"]) == array)

group = Group("our list (array)", f"token-status-list {version('token-status-list')}")
bits = BitArray.load(claims["status_list"])
for form, value in WANTED.items():
    group.equal(f"slot of {form}", int(bits[FACTS[form]["idx"]]), value)
group.refuses("a slot out of range", bits.get, slots)

group = Group("our credential", TOOL)
for form in ("held", "static"):
    token = cose.parse_sign1(cbor.decode((WORK / f"{form}.cwt").read_bytes()))
    group.check(f"{form}: signature", cose.verify_sign1(token, public_jwk=ISSUER))
    slot = cbor.decode(token.payload)[65535]["status_list"]
    group.equal(f"{form}: slot", slot["idx"], FACTS[form]["idx"])
did = json.loads((SITE / "did.json").read_text())
found = {method["id"].split("#")[1]: method["publicKeyJwk"] for method in did["verificationMethod"]}
group.equal("did.json has the keys of keys.json", found, {key["kid"]: key["jwk"] for key in keys().values()})
end()
