"""A push service of another make: http_ece (PyPI) opens what we sealed, cryptography checks who signed it."""
import base64, json, sys
from http.server import BaseHTTPRequestHandler, HTTPServer

import http_ece
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def unpadded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def padless(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


key = ec.generate_private_key(ec.SECP256R1())
auth = b"0123456789abcdef"
point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


class Service(BaseHTTPRequestHandler):
    def do_POST(self):
        status = int(self.path.rsplit("/", 1)[-1])
        body = self.rfile.read(int(self.headers["content-length"]))
        seen = {name.lower(): value for name, value in self.headers.items()}
        seen["text"] = http_ece.decrypt(body, private_key=key, auth_secret=auth, version="aes128gcm").decode()
        token, public = [part.split("=", 1)[1] for part in seen["authorization"].removeprefix("vapid ").split(", ")]
        head, claims, signature = token.split(".")
        raw = unpadded(signature)
        der = utils.encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        ours = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unpadded(public))
        ours.verify(der, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
        seen["head"], seen["claims"], seen["k"] = json.loads(unpadded(head)), json.loads(unpadded(claims)), public
        print(json.dumps(seen), flush=True)
        self.send_response(status)
        if status == 429:
            self.send_header("retry-after", "120")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


server = HTTPServer(("127.0.0.1", 0), Service)
print(json.dumps({"port": server.server_port, "p256dh": padless(point), "auth": padless(auth)}), flush=True)
server.serve_forever()
