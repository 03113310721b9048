#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A model server of both dialects that misbehaves on demand: the first part of the path names the case, a test may add
another to be counted apart (/fails_once/mine/v1). Prints one line of JSON, its ports and the authority's certificate,
and ends when its standard input does. GET /requests lists what was asked of that port. Standard library only.

    server.py FOLDER    where the certificates are made, and where an answer.txt may lie that the case "kernel" gives
"""
import collections
import http.server
import json
import os
import socket
import ssl
import sys
import threading

import certificates
import dialects
import misbehaviour


class Request(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or every event waits 40 ms for the one before
    body = {}

    def do_GET(self):
        if self.path == "/requests":
            self.send_json(200, self.server.requests)
        elif self.path.endswith("/models"):
            self.server.requests.append({"path": self.path, "headers": dict(self.headers), "body": {}})
            act = getattr(misbehaviour.Lists(), self.path.split("/")[1], misbehaviour.Lists.two)
            try:
                act(self)
            except OSError:
                self.close_connection = True
        else:
            self.send_json(404, {"detail": "Not Found"})

    def do_POST(self):
        text = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.body = json.loads(text)
        with self.server.lock:
            asked = self.server.asked[self.path]
            self.server.asked[self.path] += 1
            self.server.requests.append({"path": self.path, "headers": dict(self.headers), "body": self.body})
        case = self.path.split("/")[1]
        dialect = dialects.Anthropic() if self.path.endswith("/messages") else dialects.OpenAi()
        act = getattr(misbehaviour.Cases(), case, None)
        if act is None:
            self.send_json(404, dialect.error("not_found_error", f"no case {case}"))
            return
        try:
            act(self, dialect, asked)
        except OSError:
            self.close_connection = True  # the client has gone, as it may

    def key(self):
        return self.headers.get("x-api-key") or self.headers.get("Authorization", "").removeprefix("Bearer ")

    # Answers at once.

    def begin(self, status, kind, more=None):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        for name, value in (more or {}).items():
            self.send_header(name, value)
        self.end_headers()

    def send_body(self, status, kind, body, more=None):
        self.begin(status, kind, {"Content-Length": str(len(body)), **(more or {})})
        self.send_bytes(body)

    def send_json(self, status, value, more=None):
        self.send_body(status, "application/json", json.dumps(value).encode(), more)

    def redirect(self, status, address):
        self.send_body(status, "text/plain", b"elsewhere", {"Location": address})

    # Answers in pieces.

    def stream(self, events):
        self.begin_stream()
        self.stream_rest(events)

    def stream_rest(self, events):
        for event in events:
            self.send_chunk(event)
        self.end_stream()

    def begin_stream(self):
        self.begin(200, "text/event-stream", {"Transfer-Encoding": "chunked"})

    def send_chunk(self, data):
        self.send_bytes(b"%x\r\n%s\r\n" % (len(data), data))

    def end_stream(self):
        self.send_bytes(b"0\r\n\r\n")

    def send_bytes(self, data):
        self.wfile.write(data)
        self.wfile.flush()

    def close_hard(self):
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_arguments):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, folder, certificate=None):
        super().__init__(("127.0.0.1", 0), Request)
        self.lock = threading.Lock()
        self.asked = collections.Counter()
        self.requests = []
        self.elsewhere = 0
        self.folder = folder
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(f"{certificate}.pem", f"{certificate}.key")
            # The handshake belongs to the connection's own thread.
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def handle_error(self, *_arguments):
        pass  # handshakes that the client breaks off are what tests want


def main():
    folder = sys.argv[1]
    plain, elsewhere = Server(folder), Server(folder)
    plain.elsewhere = elsewhere.server_port
    said = {"http": plain.server_port, "elsewhere": elsewhere.server_port}
    servers = [plain, elsewhere]
    if certificates.make(folder):
        secure, expired = Server(folder, f"{folder}/good"), Server(folder, f"{folder}/expired")
        said |= {"https": secure.server_port, "expired": expired.server_port, "authority": f"{folder}/authority.pem"}
        servers += [secure, expired]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps(said), flush=True)
    sys.stdin.read()
    os._exit(0)  # whoever still sleeps need not be waited for


if __name__ == "__main__":
    main()
