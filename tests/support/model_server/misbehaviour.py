#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that a model server may do, well or badly: one method a case, named after the path it is asked at."""
import email.utils
import json
import pathlib
import time

PIECES = ["Hello ", "from ", "the ", "model: ", "äöü ✓"]
TEXT = "".join(PIECES)
ANSWER = """MOVE: fixed block
TITLE: a block of 128 threads
HYPOTHESIS: the block's size is known when it is compiled
PREDICTED: 1.1x

```cuda
// warploom: launch add<<<ceil_div(n, 128), 128>>>(a, b, c, n)
extern "C" __global__ void add(const float* a, const float* b, float* c, int n)
{
    int i = blockIdx.x * 128 + threadIdx.x;
    if (i < n)
        c[i] = a[i] + b[i];
}
```
"""
FOREVER = 60  # seconds: longer than any test waits
HUGE = 100 * 1024 * 1024
LONG = 100  # times 10 KiB


class Cases:
    """Each gets the request (server.py), its dialect and how often this path was asked before."""

    # What goes well.

    def ok(self, request, dialect, _asked):
        request.stream(dialect.text(PIECES) + dialect.end())

    def slow_start(self, request, dialect, _asked):
        time.sleep(0.4)
        request.stream(dialect.text(PIECES) + dialect.end())

    def many_at_once(self, request, dialect, _asked):
        events = dialect.text(PIECES) + dialect.end()
        request.begin_stream()
        for event in events:
            request.send_chunk(event)
            time.sleep(0.05)
        request.end_stream()

    def split_anywhere(self, request, dialect, _asked):
        request.begin_stream()
        whole = b"\xef\xbb\xbf: comment\n\n" + b"".join(dialect.text(PIECES) + dialect.end())
        whole = whole.replace(b"\n", b"\r\n")
        for at in range(0, len(whole), 7):
            request.send_chunk(whole[at:at + 7])
        request.end_stream()

    def writes_kernel(self, request, dialect, asked):
        """A right vector_add, each time another one, in pieces over a good half second."""
        lines = ANSWER.replace("128", str(128 * (asked % 4 + 1))).splitlines(keepends=True)
        request.begin_stream()
        for event in dialect.text(lines) + dialect.end():
            request.send_chunk(event)
            time.sleep(0.04)
        request.end_stream()

    def whole(self, request, dialect, _asked):
        request.send_json(200, dialect.whole(TEXT))

    def tools(self, request, dialect, _asked):
        request.stream(dialect.text([]) + dialect.tools() + dialect.end("tools"))

    def cut_by_length(self, request, dialect, _asked):
        request.stream(dialect.text(PIECES) + dialect.end("length"))

    def refusal(self, request, dialect, _asked):
        request.stream(dialect.text([]) + dialect.end("refusal"))

    def no_usage(self, request, dialect, _asked):
        events = dialect.text(PIECES) + dialect.end(usage=False)
        request.stream([event.replace(b"input_tokens", b"x").replace(b"output_tokens", b"y") for event in events])

    def no_prompt_count(self, request, dialect, _asked):
        # As llama.cpp's server does in the dialect of Anthropic where an answer begins with a part of a character.
        events = [event for event in dialect.text(PIECES) + dialect.end() if b"message_start" not in event]
        request.stream([event.replace(b'"prompt_tokens"', b'"x"') for event in events])

    def keeps_open(self, request, dialect, _asked):
        request.begin_stream()
        for event in dialect.text(PIECES) + dialect.end():
            request.send_chunk(event)
        time.sleep(FOREVER)

    def repeats_key(self, request, dialect, _asked):
        key = request.key()
        request.stream(dialect.text(["Your key ", key[:7], key[7:], " is ", "fine"]) + dialect.end())

    def kernel(self, request, dialect, asked):
        """What lies in answer.txt; @NUMBER@ in it becomes how often it was given."""
        text = (pathlib.Path(request.server.folder) / "answer.txt").read_text(encoding="utf-8")
        request.stream(dialect.text([text.replace("@NUMBER@", str(asked))]) + dialect.end())

    def kernel_for_a_key(self, request, dialect, asked):
        if request.key():
            self.kernel(request, dialect, asked)
        else:
            request.send_json(401, dialect.error("authentication_error", "no key came"))

    # What it refuses.

    def unauthorized(self, request, dialect, _asked):
        request.send_json(401, dialect.error("authentication_error", f"Incorrect API key: {request.key()}"))

    def unauthorized_in_part(self, request, dialect, _asked):
        request.send_json(401, dialect.error("authentication_error", "x" * 270 + f" wrong: {request.key()} given"))

    def not_found(self, request, dialect, _asked):
        request.send_json(404, dialect.error("not_found_error", "model: nonsense"))

    def not_found_html(self, request, _dialect, _asked):
        request.send_body(404, "text/html", b"<html><title>404</title></html>")

    def out_of_credit(self, request, dialect, _asked):
        request.send_json(429, dialect.error("insufficient_quota", "You exceeded your current quota"))

    def too_long(self, request, dialect, _asked):
        request.send_json(400, dialect.error("invalid_request_error", "prompt is too long: 9 > 8"))

    def wants_completion_tokens(self, request, dialect, _asked):
        body = request.body
        if "max_completion_tokens" not in body:
            message = "'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
            request.send_json(400, dialect.error("unsupported_parameter", message))
        elif "temperature" in body:
            request.send_json(400, dialect.error("unsupported_value", "'temperature' does not support 0.5"))
        else:
            self.ok(request, dialect, 0)

    # What may go well the next time.

    def busy(self, request, dialect, _asked):
        request.send_json(429, dialect.error("rate_limit_error", "slow down"))

    def busy_twice(self, request, dialect, asked):
        if asked < 2:
            request.send_json(429, dialect.error("rate_limit_error", "slow down"))
        else:
            self.ok(request, dialect, 0)

    def busy_for_seven_seconds(self, request, dialect, asked):
        if asked == 0:
            request.send_json(429, dialect.error("rate_limit_error", "slow down"), {"Retry-After": "7"})
        else:
            self.ok(request, dialect, 0)

    def busy_until_a_date(self, request, dialect, asked):
        if asked == 0:
            date = email.utils.formatdate(time.time() + 30, usegmt=True)
            request.send_json(429, dialect.error("rate_limit_error", "slow down"), {"Retry-After": date})
        else:
            self.ok(request, dialect, 0)

    def busy_for_an_hour(self, request, dialect, _asked):
        request.send_json(429, dialect.error("rate_limit_error", "slow down"), {"Retry-After": "3600"})

    def fails(self, request, dialect, _asked):
        request.send_json(500, dialect.error("api_error", "internal trouble"))

    def fails_once(self, request, dialect, asked):
        if asked == 0:
            request.send_json(500, dialect.error("api_error", "internal trouble"))
        else:
            self.ok(request, dialect, 0)

    def overloaded(self, request, dialect, _asked):
        request.send_json(529, dialect.error("overloaded_error", "Overloaded"))

    def overloaded_in_stream(self, request, dialect, asked):
        if asked == 0:
            request.stream(dialect.text([]) + [dialect.error_event("overloaded_error", "Overloaded")])
        else:
            self.ok(request, dialect, 0)

    def fails_in_stream(self, request, dialect, _asked):
        request.stream(dialect.text(PIECES) + [dialect.error_event("api_error", "internal trouble")])

    def cut_at_once(self, request, dialect, asked):
        if asked == 0:
            request.close_hard()
        else:
            self.ok(request, dialect, 0)

    # What breaks.

    def silent(self, _request, _dialect, _asked):
        time.sleep(FOREVER)

    def stalls(self, request, dialect, _asked):
        request.begin_stream()
        for event in dialect.text(PIECES):
            request.send_chunk(event)
        time.sleep(FOREVER)

    def stalls_once(self, request, dialect, asked):
        if asked == 0:
            self.stalls(request, dialect, 0)
        else:
            self.ok(request, dialect, 0)

    def long(self, request, dialect, _asked):
        request.stream(dialect.text(["no kernel " * 1024] * LONG) + dialect.end())

    def cut(self, request, dialect, _asked):
        request.begin_stream()
        for event in dialect.text(PIECES):
            request.send_chunk(event)
        request.close_hard()

    def ends_early(self, request, dialect, _asked):
        request.stream(dialect.text(PIECES))

    def bad_sse(self, request, _dialect, _asked):
        request.stream([b"this is no stream of events\n", b"nor is this\n\n"])

    def bad_json_in_stream(self, request, dialect, _asked):
        request.stream(dialect.text(PIECES) + [b"event: x\ndata: {\"choices\": [}\n\n"])

    def bad_json(self, request, _dialect, _asked):
        request.send_body(200, "application/json", b"{\"choices\": [")

    def other_json(self, request, _dialect, _asked):
        request.send_json(200, {"status": "fine"})

    def html(self, request, _dialect, _asked):
        request.send_body(200, "text/html", b"<!DOCTYPE html><html><body>Welcome</body></html>")

    def empty(self, request, _dialect, _asked):
        request.send_body(200, "application/json", b"")

    def wrong_encoding(self, request, dialect, _asked):
        events = dialect.text(["gr@n"]) + dialect.end()
        request.stream([event.replace(b"@", "ü".encode("latin-1")) for event in events])

    def falsely_compressed(self, request, dialect, _asked):
        body = json.dumps(dialect.whole(TEXT)).encode()
        request.send_body(200, "application/json", body, {"Content-Encoding": "gzip"})

    def huge(self, request, dialect, _asked):
        request.begin_stream()
        event = dialect.text(["x" * 65536])[-1]
        for _ in range(HUGE // 65536):
            request.send_chunk(event)
        request.stream_rest(dialect.end())

    def huge_event(self, request, _dialect, _asked):
        request.begin_stream()
        request.send_chunk(b"data: ")
        for _ in range(HUGE // 65536):
            request.send_chunk(b"x" * 65536)

    def huge_whole(self, request, _dialect, _asked):
        request.begin(200, "application/json", {"Content-Length": str(HUGE)})
        for _ in range(HUGE // 65536):
            request.send_bytes(b" " * 65536)

    def no_http(self, request, _dialect, _asked):
        request.send_bytes(b"SSH-2.0-OpenSSH_9.2\r\n")
        request.close_hard()

    # Where it sends one.

    def redirects_elsewhere(self, request, _dialect, _asked):
        request.redirect(308, f"http://127.0.0.1:{request.server.elsewhere}/ok/v1/chat/completions")

    def redirects_to_another_name(self, request, _dialect, _asked):
        request.redirect(307, f"http://localhost:{request.server.server_port}/ok/v1/chat/completions")

    def redirects_within(self, request, _dialect, _asked):
        request.redirect(307, request.path.replace("redirects_within", "ok"))

    def redirects_forever(self, request, _dialect, _asked):
        request.redirect(307, request.path)

    def redirects_nowhere(self, request, _dialect, _asked):
        request.redirect(302, "ftp://127.0.0.1/x")


class Lists:
    """What a server answers that is asked which models it has; two of them where the path names no other case."""

    @staticmethod
    def two(request):
        request.send_json(200, {"object": "list", "data": [{"id": "first"}, {"id": "second"}]})

    def list_of_sixty(self, request):
        request.send_json(200, {"object": "list", "data": [{"id": f"coder-{number}"} for number in range(1, 61)]})

    def list_for_a_key(self, request):
        if request.key() == "sk-planted-0123456789abcdef":
            self.two(request)
        else:
            request.send_json(401, {"error": {"message": f"Incorrect API key: {request.key()}"}})

    def list_empty(self, request):
        request.send_json(200, {"object": "list", "data": []})

    def list_fails(self, request):
        request.send_json(500, {"error": {"message": "internal trouble"}})

    def list_of_html(self, request):
        request.send_body(200, "text/html", b"<html>Welcome</html>")

    def list_stalls(self, request):
        request.begin(200, "application/json", {"Content-Length": "100"})
        time.sleep(FOREVER)
