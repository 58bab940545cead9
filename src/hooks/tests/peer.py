"""A receiver of another make: `standardwebhooks` (PyPI) checks every signature; the path says what is answered."""
import json
from http.server import BaseHTTPRequestHandler, HTTPServer

from standardwebhooks.webhooks import Webhook

SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        seen = {name.lower(): value for name, value in self.headers.items()}
        try:
            seen["event"] = Webhook(SECRET).verify(body, seen)
        except Exception as error:  # what is not signed well is told, not raised
            seen["wrong"] = f"{type(error).__name__}: {error}"
        print(json.dumps(seen), flush=True)
        status = int(self.path.rsplit("/", 1)[-1])
        answer = b"taken\nor not " + b"x" * 4000
        self.send_response(status)
        if status == 503:
            self.send_header("retry-after", "120")
        if status == 302:
            self.send_header("location", "/200")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *args):
        pass


server = HTTPServer(("127.0.0.1", 0), Receiver)
print(json.dumps({"port": server.server_port, "secret": SECRET}), flush=True)
server.serve_forever()
