"""Credentials, presentations and the CWT list by python cwt, pycose, cbor2 and base45, both ways."""

import hashlib
import os
import time
import zlib
from importlib.metadata import version

import base45
import cbor2
import cwt
from check import SITE, WORK, Group, b64, end, facts, keys, listed, mingma, verdict
from cryptography.hazmat.primitives.asymmetric import ec
from cwt import COSE, COSEKey
from pycose.headers import KID, Algorithm
from pycose.keys import EC2Key
from pycose.messages import Sign1Message

PYCOSE = f"pycose {version('pycose')}"
CWT = f"cwt {version('cwt')}"
BASE45 = f"base45 {version('base45')}"
STATUS, LIST, TTL, FACE, KCWT, TYP, NONCE = 65535, 65533, 65534, -65537, 13, 16, 39
FACTS, NOW = facts(), int(time.time())
KEYS = keys()
ISSUER, LISTER = KEYS["credential"], KEYS["status_list"]


def point(jwk):
    return b64(jwk["x"]), b64(jwk["y"])


def ec2(secret):
    """A private key of pycose from 32 bytes."""
    public = ec.derive_private_key(int.from_bytes(secret, "big"), ec.SECP256R1()).public_key()
    numbers = public.public_numbers()
    x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
    return EC2Key(crv="P_256", x=x, y=y, d=secret)


def thumbprint(key):
    """RFC 9679; the kid is its first 8 bytes."""
    canonical = cbor2.dumps({1: 2, -1: 1, -2: key.x, -3: key.y}, canonical=True)
    return hashlib.sha256(canonical).digest()[:8]


def uncompressed(cose_key):
    """The key in `cnf` has a compressed point; pycose and cwt take both coordinates."""
    head = b"\x03" if cose_key[-3] else b"\x02"
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), head + cose_key[-2])
    numbers = public.public_numbers()
    return numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")


def in_order(value):
    """Maps in bytewise order of their encoded keys (RFC 8949 4.2.1)."""
    if isinstance(value, dict):
        pairs = sorted(value.items(), key=lambda pair: cbor2.dumps(pair[0]))
        return {key: in_order(inner) for key, inner in pairs}
    return value


def sign(header, claims, key, order=True):
    """A COSE_Sign1 by pycose."""
    header = {(Algorithm if name == 1 else KID if name == 4 else name): value for name, value in header.items()}
    payload = cbor2.dumps(in_order(claims) if order else claims)
    message = Sign1Message(phdr=header, uhdr={}, payload=payload)
    message.key = key
    return message.encode()


def text(token):
    return "MM1:" + base45.b45encode(token).decode()


def token(code):
    return base45.b45decode(code.removeprefix("MM1:").encode())


def opened(data, key):
    """Reads and verifies with pycose; gives header by number, and claims."""
    message = Sign1Message.decode(data)
    message.key = key
    if not message.verify_signature():
        raise ValueError("the signature is wrong")
    named = {getattr(name, "identifier", name): value for name, value in message.phdr.items()}
    return named, cbor2.loads(message.payload)


def file_secret(path):
    return bytes.fromhex((WORK / path).read_text().split()[0])


def tampered(data, place):
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


issuer = EC2Key(crv="P_256", x=point(ISSUER["jwk"])[0], y=point(ISSUER["jwk"])[1])
lister = EC2Key(crv="P_256", x=point(LISTER["jwk"])[0], y=point(LISTER["jwk"])[1])

# The kid of a JWK is text, and `COSEKey.from_jwk` would look for that text in the token.
def cwt_key(published):
    x, y = point(published["jwk"])
    return COSEKey.new({1: 2, 2: b64(published["kid"]), -1: 1, 3: -7, -2: x, -3: y})


cwt_issuer = cwt_key(ISSUER)
FORMS = {
    "held": (WORK / "held.cwt").read_bytes(),
    "static": (WORK / "static.cwt").read_bytes(),
    "paper": token(FACTS["paper"]["texts"][0]),
}

# -- What we write, read by others -----------------------------------------------------------------

for tool in (PYCOSE, CWT):
    group = Group("our credential", tool)
    for form, data in FORMS.items():
        if tool == PYCOSE:
            header, claims = opened(data, issuer)
        else:
            header, _, payload = COSE.new().decode_with_headers(data, cwt_issuer)
            claims = cbor2.loads(payload)
            high = cwt.decode(data, cwt_issuer)
            group.equal(f"{form}: cwt.decode gives the same claims", high, claims)
        slot = FACTS["static" if form == "static" else "held"]
        wanted = {4, 6, STATUS} | {"held": {8}, "static": set(), "paper": {5, FACE}}[form]
        typ = "application/mmp+cwt" if form == "paper" else "application/mm+cwt"
        group.equal(f"{form}: header", {1, 4, TYP}, set(header))
        group.equal(f"{form}: typ", header[TYP], typ)
        group.equal(f"{form}: kid is the one in keys.json", header[4], b64(ISSUER["kid"]))
        group.equal(f"{form}: claims", set(claims), wanted)
        status = claims[STATUS]["status_list"]
        group.equal(f"{form}: list", status["uri"], slot["uri"])
        if form != "paper":
            group.equal(f"{form}: slot", status["idx"], slot["idx"])
        else:
            group.equal("paper: face", claims[FACE], [FACTS["paper"]["masked_name"], 1990, "0033"])
        if tool == PYCOSE:
            group.refuses(f"{form}: one changed bit is refused", opened, tampered(data, len(data) // 2), issuer)
        else:
            group.refuses(
                f"{form}: one changed bit is refused",
                COSE.new().decode, tampered(data, len(data) - 80), cwt_issuer,
            )
        if tool == PYCOSE:
            group.equal(f"{form}: cbor2 writes the same bytes", cbor2.dumps(cbor2.loads(data), canonical=True), data)
group = Group("our credential", PYCOSE)
group.equal("kid is the thumbprint of RFC 9679", thumbprint(issuer), b64(ISSUER["kid"]))

_, shown, _ = mingma("credential", "show", "held.cwt", "--holder", "phone.key", "--text")
shown = shown.strip()
kbt = token(shown)
group = Group("our text", BASE45)
group.equal("presentation: decodes and encodes to the same text", text(kbt), shown)
for number, code in enumerate(FACTS["paper"]["texts"], 1):
    group.equal(f"paper {number}: decodes and encodes to the same text", text(token(code)), code)

_, challenged, _ = mingma(
    "credential", "show", "held.cwt", "--holder", "phone.key", "--text", "--gate", "east-7", "--nonce", "00112233aabbccdd"
)
for name, data, payload in [
    ("presentation", kbt, {3: "*"}),
    ("answer to a challenge", token(challenged.strip()), {3: "east-7", NONCE: bytes.fromhex("00112233aabbccdd")}),
]:
    group = Group("our presentation", PYCOSE)
    inner = Sign1Message.decode(data).phdr[KCWT]
    group.equal(f"{name}: kcwt (13) holds our credential, byte for byte", cbor2.dumps(inner), FORMS["held"])
    _, claims = opened(cbor2.dumps(inner), issuer)
    x, y = uncompressed(claims[8][1])
    holder = EC2Key(crv="P_256", x=x, y=y)
    header, signed = opened(data, holder)
    group.equal(f"{name}: header", (set(header), header[TYP]), ({1, KCWT, TYP}, "application/kb+cwt"))
    made = signed.pop(6)
    group.check(f"{name}: signed now", abs(NOW - made) < 120, made)
    group.equal(f"{name}: claims", signed, payload)
    group.refuses(f"{name}: one changed bit is refused", opened, tampered(data, 120), holder)
    group = Group("our presentation", CWT)
    holder = COSEKey.new({1: 2, -1: 1, 3: -7, -2: x, -3: y})
    header, _, payload = COSE.new().decode_with_headers(data, holder)
    group.equal(f"{name}: verified", (header[TYP], cbor2.loads(payload)[6]), ("application/kb+cwt", made))

list_token = (SITE / listed()["path"]).read_bytes()
for tool in (PYCOSE, CWT):
    group = Group("our list (CWT)", tool)
    if tool == PYCOSE:
        header, claims = opened(list_token, lister)
    else:
        header, _, payload = COSE.new().decode_with_headers(list_token, cwt_key(LISTER))
        claims = cbor2.loads(payload)
    group.equal("typ", header[TYP], "application/statuslist+cwt")
    group.equal("sub is the address in the credentials", claims[2], FACTS["held"]["uri"])
    group.check("iat < now < exp, ttl", claims[6] <= NOW < claims[4] and claims[TTL] > 0, claims)
    array = zlib.decompress(claims[LIST]["lst"])
    group.equal("bits", claims[LIST]["bits"], 2)
    group.equal("SHA-256 of the array is the one in the log", hashlib.sha256(array).hexdigest(), listed()["sha256"])
    slots = {form: (array[FACTS[form]["idx"] // 4] >> 2 * (FACTS[form]["idx"] % 4)) & 3 for form in
             ("held", "static", "revoked", "yellow", "red")}
    group.equal("slots", slots, {"held": 0, "static": 0, "revoked": 1, "yellow": 2, "red": 3})

# -- What others write, read by us ------------------------------------------------------------------

# The ledger's own keys, to see that our reader takes what pycose and cwt write.
own_issuer = ec2(file_secret("data/keys/credential.key"))
own_lister = ec2(file_secret("data/keys/list.key"))
phone = ec2(file_secret("phone.key"))
stranger = ec2(os.urandom(32))


def header(key, typ="application/mm+cwt", alg=-7):
    return {1: alg, 4: thumbprint(key), TYP: typ}


def claims_of(form, **more):
    held = cbor2.loads(cbor2.loads(FORMS[form]).value[2])
    return {**held, **{int(k[1:]): v for k, v in more.items()}}


def present(credential, key, claims):
    return sign({1: -7, KCWT: cbor2.loads(credential), TYP: "application/kb+cwt"}, claims, key)


held_claims, static_claims, paper_claims = (claims_of(form) for form in ("held", "static", "paper"))
group = Group("our text", BASE45)
for wrong in ("GGW", "ZZ", ":::", "bb8"):
    group.refuses(f"{wrong} is refused there", base45.b45decode, wrong.encode())
    found = verdict(f"MM1:{wrong}")
    group.equal(f"{wrong} is refused here", found, ("cannot_tell", "unreadable"))

group = Group("credential by others", PYCOSE)
made = sign(header(own_issuer), static_claims, own_issuer)
group.equal("static: the same bytes as ours but the signature", made[:-64], FORMS["static"][:-64])
group.equal("static, the ledger's key: green", verdict(text(made)), ("green", "current"))
made = sign(header(own_issuer, "application/mmp+cwt"), paper_claims, own_issuer)
group.equal("paper, the ledger's key: green", verdict(text(made)), ("green", "current"))
for form, colour in [("red", "red"), ("yellow", "yellow"), ("revoked", "revoked")]:
    slot = {"status_list": {"idx": FACTS[form]["idx"], "uri": FACTS[form]["uri"]}}
    made = sign(header(own_issuer), {**static_claims, STATUS: slot}, own_issuer)
    group.equal(f"static for the slot of {form}", verdict(text(made)), (colour, "current"))
mine = sign(header(own_issuer), held_claims, own_issuer)
group.equal("presentation by the phone's key: green", verdict(text(present(mine, phone, {3: "*", 6: int(time.time())}))), ("green", "current"))
answer = {3: "east-7", 6: int(time.time()), NONCE: bytes.fromhex("00112233aabbccdd")}
group.equal(
    "answer to a challenge: green",
    verdict(text(present(FORMS["held"], phone, answer)), "--gate", "east-7", "--nonce", "00112233aabbccdd"),
    ("green", "current"),
)

foreign = sign(header(stranger), static_claims, stranger)
group.equal("static, a stranger's key", verdict(text(foreign)), ("cannot_tell", "unknown_key"))
posing = sign(header(own_issuer), static_claims, stranger)
group.equal("static, a stranger's key under our kid", verdict(text(posing)), ("cannot_tell", "signature"))
foreign = sign(header(stranger), held_claims, stranger)
group.equal(
    "presentation of a stranger's credential",
    verdict(text(present(foreign, phone, {3: "*", 6: int(time.time())}))), ("cannot_tell", "unknown_key"),
)
group.equal(
    "presentation by another phone",
    verdict(text(present(FORMS["held"], stranger, {3: "*", 6: int(time.time())}))), ("cannot_tell", "holder_signature"),
)
group.equal(
    "presentation of ten minutes ago",
    verdict(text(present(FORMS["held"], phone, {3: "*", 6: int(time.time()) - 600}))), ("cannot_tell", "presentation_old"),
)
unreadable = ("cannot_tell", "unreadable")
good = sign(header(own_issuer), static_claims, own_issuer)
other = {**static_claims, STATUS: {"status_list": {**static_claims[STATUS]["status_list"]}}}
other = dict(reversed(list(other.items())))
for name, data in [
    ("claims in another order", sign(header(own_issuer), other, own_issuer, order=False)),
    ("no tag", cbor2.dumps(cbor2.loads(good).value)),
    ("tag 61 around tag 18", cbor2.dumps(cbor2.CBORTag(61, cbor2.loads(good)))),
    ("another typ", sign(header(own_issuer, "application/cwt"), static_claims, own_issuer)),
    ("no typ", sign({1: -7, 4: thumbprint(own_issuer)}, static_claims, own_issuer)),
    ("a claim that we do not know", sign(header(own_issuer), {**static_claims, 7: b"cti"}, own_issuer)),
    ("a float as a date", sign(header(own_issuer), {**static_claims, 6: float(static_claims[6])}, own_issuer)),
    ("something behind the token", good + b"\x00"),
]:
    group.equal(f"{name}: refused", verdict(text(data)), unreadable)
group.equal("small letters: refused", verdict(text(good).lower()), unreadable)

group = Group("credential by others", CWT)
own = COSEKey.new({1: 2, -1: 1, 3: -7, -2: own_issuer.x, -3: own_issuer.y, -4: own_issuer.d})
made = COSE.new().encode_and_sign(
    cbor2.dumps(in_order(static_claims)), own, protected=header(own_issuer), unprotected={}
)
group.equal("static by COSE.encode_and_sign, the ledger's key: green", verdict(text(made)), ("green", "current"))
made = cwt.encode(static_claims, own, tagged=False)
group.equal("static by cwt.encode, which sets no typ: refused", verdict(text(made)), unreadable)

group = Group("list by others", PYCOSE)
proof = (SITE / (listed()["path"] + ".tlog-proof")).read_text()
list_claims = cbor2.loads(cbor2.loads(list_token).value[2])
array = zlib.decompress(list_claims[LIST]["lst"])
other_stream = {**list_claims[LIST], "lst": zlib.compress(array, 1)}
greener = bytearray(array)
greener[FACTS["red"]["idx"] // 4] &= ~(3 << 2 * (FACTS["red"]["idx"] % 4)) & 255
red = (WORK / "red.txt").read_text().strip()


def with_list(data, code):
    folder = WORK / "other-lists"
    folder.mkdir(exist_ok=True)
    (folder / "0.cwt").write_bytes(data)
    (folder / "0.tlog-proof").write_text(proof)
    return verdict(code, "--lists", folder)


typ = "application/statuslist+cwt"
made = sign(header(own_lister, typ), {**list_claims, LIST: other_stream}, own_lister)
group.check("its bytes differ from ours", made[:-64] != list_token[:-64])
group.equal("the list key, another zlib: taken, red stays red", with_list(made, red), ("red", "current"))
made = sign(header(stranger, typ), list_claims, stranger)
group.equal("a stranger's key: no list", with_list(made, red), ("cannot_tell", "no_list"))
made = sign(header(own_issuer, typ), list_claims, own_issuer)
group.equal("the key for credentials: no list", with_list(made, red), ("cannot_tell", "no_list"))
made = sign(header(own_lister, typ), {**list_claims, LIST: {**other_stream, "lst": zlib.compress(bytes(greener), 9)}}, own_lister)
group.equal("the list key, one slot greener than the log says: no list", with_list(made, red), ("cannot_tell", "no_list"))
made = sign(header(own_lister, typ), {**list_claims, LIST: {**other_stream, "lst": zlib.compress(array + b"\0", 9)}}, own_lister)
group.equal("the list key, one byte longer: no list", with_list(made, red), ("cannot_tell", "no_list"))
end()
