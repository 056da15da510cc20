#!/usr/bin/env python3
"""Writes a GGUF file of GPT-2 124M's shapes with random weights, to measure llama.cpp beside us without a download.

Usage: random_gguf.py FILE bf16|q8_0
The vocabulary is the 256 bytes and made-up words: it is there to be loaded, not to be read.
"""
import random
import struct
import sys
from array import array

VOCABULARY, WIDTH, LAYERS, HEADS, CONTEXT = 50257, 768, 12, 12, 1024
PIECE_NUMBERS = (1 << 20) - 32
BLOCK = 32
U32, F32, I32, TEXT, ARRAY = 4, 6, 5, 8, 9
MATRIX, ONES, FLOATS = "matrix", "ones", "floats"


def text(value):
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def field(key, kind, data):
    return text(key) + struct.pack("<I", kind) + data


def items(key, kind, values):
    return field(key, ARRAY, struct.pack("<IQ", kind, len(values)) + b"".join(values))


def byte_tokens():
    """GPT-2's names of the 256 bytes."""
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [byte for byte in range(256) if byte not in shown]
    return [chr(byte) for byte in shown] + [chr(256 + index) for index in range(len(hidden))]


def metadata(file_type):
    tokens = byte_tokens() + [f"w{i}" for i in range(VOCABULARY - 257)] + ["<|endoftext|>"]
    numbers = {
        "general.alignment": 32, "general.file_type": file_type, "gpt2.context_length": CONTEXT,
        "gpt2.embedding_length": WIDTH, "gpt2.block_count": LAYERS, "gpt2.feed_forward_length": 4 * WIDTH,
        "gpt2.attention.head_count": HEADS, "tokenizer.ggml.bos_token_id": VOCABULARY - 1,
        "tokenizer.ggml.eos_token_id": VOCABULARY - 1}
    texts = {"general.architecture": "gpt2", "tokenizer.ggml.model": "gpt2", "tokenizer.ggml.pre": "gpt-2"}
    return ([field(key, TEXT, text(value)) for key, value in texts.items()]
            + [field(key, U32, struct.pack("<I", value)) for key, value in numbers.items()]
            + [field("gpt2.attention.layer_norm_epsilon", F32, struct.pack("<f", 1e-5)),
               items("tokenizer.ggml.tokens", TEXT, [text(token) for token in tokens]),
               items("tokenizer.ggml.token_type", I32, [struct.pack("<i", 1)] * (VOCABULARY - 1) + [struct.pack("<i", 3)]),
               items("tokenizer.ggml.merges", TEXT, [text("a b")])])


def tensors():
    yield "token_embd.weight", (WIDTH, VOCABULARY), MATRIX
    yield "position_embd.weight", (WIDTH, CONTEXT), FLOATS
    for layer in range(LAYERS):
        block = f"blk.{layer}."
        for name, shape, kind in (
            ("attn_norm", (WIDTH,), ONES), ("attn_qkv", (WIDTH, 3 * WIDTH), MATRIX), ("attn_output", (WIDTH, WIDTH), MATRIX),
            ("ffn_norm", (WIDTH,), ONES), ("ffn_up", (WIDTH, 4 * WIDTH), MATRIX), ("ffn_down", (4 * WIDTH, WIDTH), MATRIX),
        ):
            yield block + name + ".weight", shape, kind
            yield block + name + ".bias", shape[-1:], FLOATS
    yield "output_norm.weight", (WIDTH,), ONES
    yield "output_norm.bias", (WIDTH,), FLOATS


def count(shape):
    product = 1
    for extent in shape:
        product *= extent
    return product


def q8_0(floats):
    out = bytearray()
    for start in range(0, len(floats), BLOCK):
        block = floats[start : start + BLOCK]
        step = max(abs(number) for number in block) / 127
        out += struct.pack("<e", step) + bytes(round(number / step) & 255 for number in block)
    return bytes(out)


def main():
    if len(sys.argv) != 3 or sys.argv[2] not in ("bf16", "q8_0"):
        sys.exit(__doc__)
    bf16 = sys.argv[2] == "bf16"
    random.seed(1)
    floats = array("f", (random.gauss(0, 0.02) for _ in range(PIECE_NUMBERS)))
    raw = floats.tobytes()
    matrix = b"".join(raw[i + 2 : i + 4] for i in range(0, len(raw), 4)) if bf16 else q8_0(floats)
    pieces = {MATRIX: matrix, FLOATS: raw, ONES: struct.pack("<f", 1.0) * WIDTH}

    def size(shape, kind):
        numbers = count(shape)
        return 4 * numbers if kind != MATRIX else 2 * numbers if bf16 else numbers // BLOCK * 34

    fields, infos, offset = metadata(32 if bf16 else 7), [], 0
    for name, shape, kind in tensors():
        type_id = 0 if kind != MATRIX else 30 if bf16 else 8
        extents = b"".join(struct.pack("<Q", extent) for extent in shape)
        infos.append(text(name) + struct.pack("<I", len(shape)) + extents + struct.pack("<IQ", type_id, offset))
        offset += size(shape, kind) + -size(shape, kind) % 32
    head = b"GGUF" + struct.pack("<IQQ", 3, len(infos), len(fields)) + b"".join(fields) + b"".join(infos)
    with open(sys.argv[1], "wb") as file:
        file.write(head + b"\0" * (-len(head) % 32))
        for _, shape, kind in tensors():
            left = size(shape, kind)
            padding = -left % 32
            while left > 0:
                left -= file.write(pieces[kind][:left])
            file.write(b"\0" * padding)


main()
