"""Both ends of spec/byteor_v1.proto by grpcio and protoc, which others wrote.

grpc_peer.py take PORT FILE [--positions] [--answer CODE] [--behind N] [--deaf] …
    A receiver: a line for each record, its number, a tab, the record; acknowledged once the file has it.
    FILE.streams has the name of each call's stream. With --positions it tells each stream how far the
    file is. --answer: each call gets this status; --behind: it goes on behind N, whatever was
    acknowledged; --deaf: it welcomes, and reads nothing.
grpc_peer.py send PORT STREAM FILE [--again] [--window N] …
    A sender of FILE's lines, which goes on until each is acknowledged. Then it prints how many it sent,
    in how many calls, and the codes with which calls ended. With --again, positions of welcomes count for
    nothing; --window: so many records may wait for their acknowledgement.
grpc_peer.py status PORT …
    The code of a call that sends each line of standard input, in hexadecimal digits, as a message.

--token TOKEN, --tls CERTIFICATE KEY (of this end), --authorities FILE (of the other end)
"""

import argparse
import concurrent.futures
import json
import os
import sys
import threading
import time

import grpc

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "../../../../spec"))
messages, services = grpc.protos_and_services("byteor_v1.proto")

parser = argparse.ArgumentParser()
parser.add_argument("what")
parser.add_argument("port", type=int)
parser.add_argument("more", nargs="*")
parser.add_argument("--positions", action="store_true")
parser.add_argument("--answer")
parser.add_argument("--behind", type=int)
parser.add_argument("--deaf", action="store_true")
parser.add_argument("--again", action="store_true")
parser.add_argument("--window", type=int, default=2000)
parser.add_argument("--token")
parser.add_argument("--tls", nargs=2)
parser.add_argument("--authorities")
options = parser.parse_args()


def read(path):
    with open(path, "rb") as file:
        return file.read()


pair = [read(path) for path in options.tls] if options.tls else [None, None]
authorities = read(options.authorities) if options.authorities else None
proof = f"Bearer {options.token}"


def what_stands(path):
    """The number of the last record in a file, which may have been cut within a line."""
    try:
        text = read(path)
    except FileNotFoundError:
        return 0
    whole = text[: text.rfind(b"\n") + 1]
    os.truncate(path, len(whole))
    lines = whole.splitlines()
    return int(lines[-1].split(b"\t")[0]) if lines else 0


class Receiver(services.RecordsServicer):
    def __init__(self, path):
        self.lock = threading.Lock()
        self.last = what_stands(path)
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self.streams = path + ".streams"
        self.current = None

    def Deliver(self, said, context):
        if options.token and ("authorization", proof) not in context.invocation_metadata():
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "who is it?")
        if options.answer:
            context.abort(grpc.StatusCode[options.answer], "so it was asked for")
        hello = next(said, None)
        if hello is None:
            return
        me = self.current = object()
        with open(self.streams, "a") as file:
            file.write(hello.hello.stream + "\n")
        welcome = messages.Welcome()
        if options.positions:
            with self.lock:
                welcome.position = self.last
        if options.behind is not None:
            welcome.position = options.behind
        yield messages.FromReceiver(welcome=welcome)
        if options.deaf:
            while context.is_active():
                time.sleep(0.05)
            return
        for message in said:
            batch = message.batch
            numbered = enumerate(batch.records, batch.first)
            lines = [b"%d\t%s\n" % one for one in numbered]
            with self.lock:
                if self.current is not me:
                    context.abort(grpc.StatusCode.ABORTED, "another call has the stream")
                lines = b"".join(lines)
                while lines:
                    lines = lines[os.write(self.file, lines) :]
                os.fsync(self.file)
                self.last = batch.first + len(batch.records) - 1
            of = messages.Acknowledgement(position=self.last)
            yield messages.FromReceiver(acknowledgement=of)


def take(path):
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(max_workers=8))
    services.add_RecordsServicer_to_server(Receiver(path), server)
    address = f"127.0.0.1:{options.port}"
    if options.tls:
        needs = authorities is not None
        proves = grpc.ssl_server_credentials([(pair[1], pair[0])], authorities, needs)
        server.add_secure_port(address, proves)
    else:
        server.add_insecure_port(address)
    server.start()
    print("ready", flush=True)
    server.wait_for_termination()


def channel():
    # Each has a connection of its own, is asked for often, and doesn't wait long to try again.
    more = [
        ("grpc.use_local_subchannel_pool", 1),
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.max_reconnect_backoff_ms", 200),
        ("grpc.keepalive_time_ms", 1000),
        ("grpc.keepalive_timeout_ms", 1000),
        ("grpc.http2.max_pings_without_data", 0),
    ]
    if authorities is None:
        return grpc.insecure_channel(f"127.0.0.1:{options.port}", more)
    proves = grpc.ssl_channel_credentials(authorities, pair[1], pair[0])
    return grpc.secure_channel(f"localhost:{options.port}", proves, more)


metadata = [("authorization", proof)] if options.token else []


class Sender:
    def __init__(self, stream, lines):
        self.stream, self.lines = stream, lines
        self.changed = threading.Condition()
        self.there, self.last = 0, len(lines)
        self.sent, self.calls, self.codes = 0, 0, {}

    def says(self, call):
        yield messages.FromSender(hello=messages.Hello(stream=self.stream))
        with self.changed:
            self.changed.wait_for(lambda: call["welcome"] or call["over"])
        number = call["behind"] + 1
        while number <= self.last:
            with self.changed:
                self.changed.wait_for(
                    lambda: number - self.there <= options.window or call["over"]
                )
            if call["over"]:
                return
            records = self.lines[number - 1 : number + 49]
            self.sent += len(records)
            batch = messages.Batch(first=number, records=records)
            yield messages.FromSender(batch=batch)
            number += len(records)
        with self.changed:
            self.changed.wait_for(lambda: self.there == self.last or call["over"])

    def call(self):
        self.calls += 1
        call = {"welcome": False, "over": False, "behind": self.there}
        with channel() as open:
            stub = services.RecordsStub(open)
            try:
                for said in stub.Deliver(self.says(call), metadata=metadata):
                    with self.changed:
                        if said.HasField("welcome"):
                            call["welcome"] = True
                            if said.welcome.HasField("position") and not options.again:
                                position = said.welcome.position
                                assert position >= self.there, "what was acknowledged is gone"
                                self.there = call["behind"] = position
                        else:
                            self.there = max(self.there, said.acknowledgement.position)
                        self.changed.notify_all()
                code = "OK"
            except grpc.RpcError as error:
                code = error.code().name
        self.codes[code] = self.codes.get(code, 0) + 1
        with self.changed:
            call["over"] = True
            self.changed.notify_all()

    def send(self):
        while self.there < self.last:
            self.call()
            if self.there < self.last:
                time.sleep(0.05)
        print(json.dumps({"sent": self.sent, "calls": self.calls, "codes": self.codes}), flush=True)


def status():
    lines = [bytes.fromhex(line) for line in sys.stdin]
    with channel() as open:
        call = open.stream_stream("/byteor.v1.Records/Deliver", lambda line: line, lambda line: line)
        try:
            for _ in call(iter(lines), metadata=metadata, timeout=20):
                pass
            print("OK", flush=True)
        except grpc.RpcError as error:
            print(error.code().name, error.details(), flush=True)


if options.what == "take":
    take(options.more[0])
elif options.what == "send":
    stream, path = options.more
    lines = read(path).splitlines()
    print("ready", flush=True)
    Sender(stream, lines).send()
else:
    status()
