#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Warploom authors
# SPDX-License-Identifier: GPL-3.0-or-later
"""llama.cpp's own server with a model of random weights that is made on the spot. Prints one line of JSON, its address
and the model's name, and ends when its standard input does. Needs the packages xllamacpp and gguf.

    llama_server.py FOLDER [KEY]    where the model is written; the key that the server wants
"""
import json
import os
import sys
from pathlib import Path

import gguf
import numpy
import xllamacpp

NAME = "random-llama"
WIDTH, HEADS, LAYERS, HIDDEN, CONTEXT = 64, 4, 2, 128, 16384  # a token is a byte: a prompt has many
TEMPLATE = ("{% for message in messages %}[{{ message['role'] }}] {{ message['content'] }}\n{% endfor %}"
            "{% if add_generation_prompt %}[assistant] {% endif %}")


def vocabulary():
    """A token for each byte, the special ones, and a few words so that answers are text."""
    words = [f"▁{word}" for word in "the a tile load shared memory block thread loop of and with ü ✓".split()]
    tokens = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)] + words
    kinds = [gguf.TokenType.UNKNOWN, gguf.TokenType.CONTROL, gguf.TokenType.CONTROL]
    kinds += [gguf.TokenType.BYTE] * 256 + [gguf.TokenType.NORMAL] * len(words)
    scores = [0.0] * 259 + [-float(rank) for rank in range(len(words))]
    return tokens, scores, kinds


def write_model(path):
    tokens, scores, kinds = vocabulary()
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name(NAME)
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores(scores)
    writer.add_token_types(kinds)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_chat_template(TEMPLATE)
    random = numpy.random.default_rng(7)

    def add(name, *shape):
        scale = 1 / numpy.sqrt(shape[-1])
        writer.add_tensor(name, (random.standard_normal(shape) * scale).astype(numpy.float32))

    add("token_embd.weight", len(tokens), WIDTH)
    add("output.weight", len(tokens), WIDTH)
    writer.add_tensor("output_norm.weight", numpy.ones(WIDTH, dtype=numpy.float32))
    for layer in range(LAYERS):
        for part, shape in (("attn_q", (WIDTH, WIDTH)), ("attn_k", (WIDTH, WIDTH)), ("attn_v", (WIDTH, WIDTH)),
                            ("attn_output", (WIDTH, WIDTH)), ("ffn_gate", (HIDDEN, WIDTH)), ("ffn_up", (HIDDEN, WIDTH)),
                            ("ffn_down", (WIDTH, HIDDEN))):
            add(f"blk.{layer}.{part}.weight", *shape)
        for norm in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"blk.{layer}.{norm}.weight", numpy.ones(WIDTH, dtype=numpy.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main():
    folder = Path(sys.argv[1])
    # llama.cpp writes to standard output as well: that is kept for the one line.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    model = folder / "random-llama.gguf"
    write_model(str(model))
    settings = xllamacpp.CommonParams()
    settings.model.path = str(model)
    settings.model_alias = {NAME}
    settings.n_ctx = CONTEXT * 4
    settings.n_parallel = 4
    settings.n_gpu_layers = 0
    settings.cpuparams.n_threads = 2
    settings.hostnames = ["127.0.0.1"]
    settings.port = 0
    settings.use_jinja = True
    settings.warmup = False
    if len(sys.argv) > 2:
        settings.api_keys = [sys.argv[2]]
    server = xllamacpp.Server(settings)
    version = getattr(xllamacpp, "BUILD_INFO", "")
    print(json.dumps({"address": server.listening_address, "model": NAME, "build": str(version)}), file=answers, flush=True)
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
