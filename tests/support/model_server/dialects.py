#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server of each dialect says: as events of a stream, whole, and as errors."""
import json

MODEL = "test-model-2"


def data(value, name=""):
    """One server-sent event."""
    head = f"event: {name}\n" if name else ""
    return (head + "data: " + (value if isinstance(value, str) else json.dumps(value)) + "\n\n").encode()


class OpenAi:
    @staticmethod
    def chunk(delta, finish=None):
        return data({"id": "c1", "object": "chat.completion.chunk", "model": MODEL,
                     "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

    def text(self, pieces):
        return [self.chunk({"role": "assistant", "content": ""})] + [self.chunk({"content": piece}) for piece in pieces]

    def tools(self):
        """Two calls, the second without valid arguments."""
        def call(index, **more):
            return self.chunk({"tool_calls": [{"index": index, **more}]})
        return [call(0, id="t0", type="function", function={"name": "propose", "arguments": ""}),
                call(0, function={"arguments": "{\"move\": \"ti"}), call(0, function={"arguments": "le\"}"}),
                call(1, id="t1", type="function", function={"name": "propose", "arguments": "{\"move\": "})]

    def end(self, reason="stop", usage=True):
        counts = {"prompt_tokens": 120, "completion_tokens": 30, "total_tokens": 150,
                  "prompt_tokens_details": {"cached_tokens": 100}}
        events = [self.chunk({}, {"stop": "stop", "length": "length", "refusal": "content_filter",
                                  "tools": "tool_calls"}[reason])]
        if usage:
            events.append(data({"id": "c1", "model": MODEL, "choices": [], "usage": counts}))
        return events + [data("[DONE]")]

    @staticmethod
    def whole(text):
        return {"id": "c1", "object": "chat.completion", "model": MODEL,
                "choices": [{"index": 0, "finish_reason": "stop",
                             "message": {"role": "assistant", "content": text, "reasoning_content": "thinking"}}],
                "usage": {"prompt_tokens": 120, "completion_tokens": 30}}

    @staticmethod
    def error(kind, message):
        return {"error": {"message": message, "type": kind, "param": None, "code": kind}}

    def error_event(self, kind, message):
        return data(self.error(kind, message))


class Anthropic:
    @staticmethod
    def event(kind, **more):
        return data({"type": kind, **more}, kind)

    def text(self, pieces):
        usage = {"input_tokens": 15, "cache_creation_input_tokens": 5, "cache_read_input_tokens": 100,
                 "output_tokens": 1}
        events = [self.event("message_start", message={"id": "m1", "role": "assistant", "model": MODEL, "content": [],
                                                       "usage": usage}),
                  self.event("content_block_start", index=0, content_block={"type": "text", "text": ""}),
                  self.event("ping")]
        for piece in pieces:
            events.append(self.event("content_block_delta", index=0, delta={"type": "text_delta", "text": piece}))
        return events

    def tools(self):
        events = []
        for index, pieces in ((1, ["", "{\"move\": \"ti", "le\"}"]), (2, ["{\"move\": "])):
            block = {"type": "tool_use", "id": f"t{index}", "name": "propose", "input": {}}
            events.append(self.event("content_block_start", index=index, content_block=block))
            for piece in pieces:
                events.append(self.event("content_block_delta", index=index,
                                         delta={"type": "input_json_delta", "partial_json": piece}))
            events.append(self.event("content_block_stop", index=index))
        return events

    def end(self, reason="stop", usage=True):
        stop = {"stop": "end_turn", "length": "max_tokens", "refusal": "refusal", "tools": "tool_use"}[reason]
        counts = {"output_tokens": 30} if usage else {}
        return [self.event("content_block_stop", index=0),
                self.event("message_delta", delta={"stop_reason": stop}, usage=counts), self.event("message_stop")]

    @staticmethod
    def whole(text):
        return {"id": "m1", "type": "message", "role": "assistant", "model": MODEL, "stop_reason": "end_turn",
                "content": [{"type": "thinking", "thinking": "thinking"}, {"type": "text", "text": text}],
                "usage": {"input_tokens": 120, "output_tokens": 30}}

    @staticmethod
    def error(kind, message):
        return {"type": "error", "error": {"type": kind, "message": message}}

    def error_event(self, kind, message):
        return data(self.error(kind, message), "error")
