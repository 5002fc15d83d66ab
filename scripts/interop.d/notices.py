"""Notices reach an e-mail server and a gateway that others wrote, once, and are what they should be."""

import email
import email.policy
import json
import os
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

from aiosmtpd.controller import Controller
from check import Group, end, mingma
from standardwebhooks.webhooks import Webhook

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
os.environ["MINGMA_WEBHOOK_SECRET"] = SECRET


class Mailbox:
    """Takes letters for one person and knows nobody else."""

    def __init__(self):
        self.letters = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address != "red@example.org":
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.letters.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 taken"


class Gateway(BaseHTTPRequestHandler):
    """Verifies and takes short messages."""

    taken = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = dict(self.headers)
        try:
            message = Webhook(SECRET).verify(body, headers)
            Gateway.taken.append((self.headers["webhook-id"], message or json.loads(body)))
            self.send_response(204)
        except Exception as error:  # what does not verify is not taken
            print("  gateway:", type(error).__name__, error)
            self.send_response(401)
        self.end_headers()

    def log_message(self, *_):
        pass


box = Mailbox()
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
server = Controller(box, hostname="127.0.0.1", port=port)
server.start()
gateway = HTTPServer(("127.0.0.1", 0), Gateway)
threading.Thread(target=gateway.serve_forever, daemon=True).start()

mail = Group("notices by e-mail", "aiosmtpd")
short = Group("notices to a gateway", "standardwebhooks")
run = [
    "notice", "run", "--once", "--json", "--page", "https://code.example.org",
    "--smtp-host", "127.0.0.1", "--smtp-port", port, "--smtp-security", "clear",
    "--smtp-from", "notice@example.org",
    "--webhook-url", f"http://127.0.0.1:{gateway.server_address[1]}/sms",
]
code, out, complaint = mingma(*run)
mail.equal("the courier runs", code, 0)
if code:
    print(complaint)
    end()
rows = json.loads(mingma("notice", "list", "--json")[1])
told = {row["id"]: row for row in rows}

mail.check("somebody got letters", bool(box.letters))
for letter in box.letters:
    name = letter["message-id"].strip("<>").split("@")[0]
    mail.equal("its id is that of the notice", told[name]["route"], "mail")
    mail.equal("it says that it is automatic", letter["auto-submitted"], "auto-generated")
    text = letter.get_content()
    mail.check("it reads in Chinese and English", "红码" in text and "turns green" in text, text[:80])
mail.check("a mailbox that nobody has is dead at once",
           any(row["state"] == "dead" and "550" in row["why"] and row["attempts"] == 1 for row in rows))
short.check("somebody got short messages", bool(Gateway.taken))
for name, message in Gateway.taken:
    short.equal("its id is that of the notice", told[name]["route"], "sms")
    short.check("it is at most 335 characters", 0 < len(message["data"]["text"]) <= 335)

before = (len(box.letters), len(Gateway.taken))
mingma(*run)
mail.equal("nothing is sent twice", (len(box.letters), len(Gateway.taken)), before)
server.stop()
gateway.shutdown()
end()
