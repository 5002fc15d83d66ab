"""A passkey in software, for measuring what officers see: OpenSSL's key on P-256, no browser.

passkey.py register URL NAME INVITATION   makes NAME.pem, registers it, prints its fingerprint
passkey.py signin URL NAME                signs in with it, prints the cookie
"""
import base64
import hashlib
import json
import subprocess
import sys
import urllib.request

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def openssl(*args, data=None):
    return subprocess.run(["openssl", *args], input=data, check=True, capture_output=True).stdout


def post(path, body=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url + path, data=data, method="POST")
    request.add_header("content-type", "application/json")
    return urllib.request.urlopen(request)


def integer(data, at):
    length = data[at + 1]
    return int.from_bytes(data[at + 2 : at + 2 + length], "big"), at + 2 + length


def signed(data):
    """A signature in DER with the lower of its two forms: the other is refused."""
    der = openssl("dgst", "-sha256", "-sign", f"{name}.pem", data=data)
    r, at = integer(der, 2)
    s, _ = integer(der, at)
    parts = b""
    for number in (r, min(s, ORDER - s)):
        body = number.to_bytes(number.bit_length() // 8 + 1, "big")
        parts += bytes([2, len(body)]) + body
    return bytes([0x30, len(parts)]) + parts


def asserted(kind):
    asked = json.load(post("/api/v1/signin/challenge"))
    client = json.dumps({"type": kind, "challenge": asked["challenge"], "origin": url, "crossOrigin": False}).encode()
    authenticator = hashlib.sha256(asked["rp_id"].encode()).digest() + bytes([5, 0, 0, 0, 0])
    return asked["challenge"], {
        "credential": b64(name.encode()),
        "authenticator_data": b64(authenticator),
        "client_data": b64(client),
        "signature": b64(signed(authenticator + hashlib.sha256(client).digest())),
    }


what, url, name = sys.argv[1:4]
if what == "register":
    openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", f"{name}.pem")
    spki = openssl("pkey", "-in", f"{name}.pem", "-pubout", "-outform", "DER")
    challenge, assertion = asserted("webauthn.get")
    body = {"invitation": sys.argv[4], "public_key": b64(spki), "challenge": challenge, "assertion": assertion}
    print(json.load(post("/api/v1/signin/passkeys", body))["fingerprint"])
else:
    challenge, assertion = asserted("webauthn.get")
    answer = post("/api/v1/signin", {"challenge": challenge, "assertion": assertion})
    print(answer.headers["set-cookie"].split(";")[0])
