"""A server of Python's own library, which keeps what is posted to it.

receiver.py PORT FILE [--answers 503,429…] [--retry-after N] [--location URL] [--tls PEM]

Appends a line for each record: its number, a tab, the record; each request's lines before it is answered.
FILE.streams has the stream of each such request.
The first requests get the answers that are listed, and aren't kept.
"""

import argparse
import http.server
import os
import ssl

parser = argparse.ArgumentParser()
parser.add_argument("port", type=int)
parser.add_argument("file")
parser.add_argument("--answers", default="")
parser.add_argument("--retry-after")
parser.add_argument("--location")
parser.add_argument("--tls")
options = parser.parse_args()
answers = [int(answer) for answer in options.answers.split(",") if answer]

# The one before was killed, maybe within a line.
if os.path.exists(options.file):
    with open(options.file, "rb+") as file:
        file.truncate(file.read().rfind(b"\n") + 1)


class Receiver(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        answer = answers.pop(0) if answers else 200
        if answer == 200:
            first = int(self.headers["byteor-first"])
            records = body.decode().splitlines()
            assert len(records) == int(self.headers["byteor-records"])
            last = first + len(records) - 1
            assert self.headers["idempotency-key"].endswith(f'-{first}-{last}"')
            with open(options.file + ".streams", "a") as file:
                file.write(self.headers["byteor-stream"] + "\n")
            with open(options.file, "a") as file:
                for number, record in enumerate(records, first):
                    file.write(f"{number}\t{record}\n")
                file.flush()
                os.fsync(file.fileno())
        self.send_response(answer)
        if options.retry_after and answer != 200:
            self.send_header("retry-after", options.retry_after)
        if options.location:
            self.send_header("location", options.location)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", options.port), Receiver)
server.daemon_threads = True
if options.tls:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options.tls)
    server.socket = context.wrap_socket(server.socket, server_side=True)
print("ready", flush=True)
server.serve_forever()
