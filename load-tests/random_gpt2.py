#!/usr/bin/env python3
"""Writes a model directory of GPT-2's shapes with random weights, for load tests without a download.

Usage: random_gpt2.py DIR [124m|355m|774m]     124m where nothing is said
The sizes are those of openai-community/gpt2, gpt2-medium and gpt2-large. Every token is a word, "w0" to "w50256"; nothing
ends a text.
"""
import json
import random
import struct
import sys
from array import array
from pathlib import Path

VOCABULARY, CONTEXT = 50257, 1024
SIZES = {"124m": (768, 12, 12), "355m": (1024, 24, 16), "774m": (1280, 36, 20)}  # Width, layers, heads.
PIECE_NUMBERS = 1 << 20


def shapes(width, layers):
    yield "wte.weight", (VOCABULARY, width)
    yield "wpe.weight", (CONTEXT, width)
    for layer in range(layers):
        for name, shape in (
            ("ln_1.weight", (width,)), ("ln_1.bias", (width,)), ("ln_2.weight", (width,)), ("ln_2.bias", (width,)),
            ("attn.c_attn.weight", (width, 3 * width)), ("attn.c_attn.bias", (3 * width,)),
            ("attn.c_proj.weight", (width, width)), ("attn.c_proj.bias", (width,)),
            ("mlp.c_fc.weight", (width, 4 * width)), ("mlp.c_fc.bias", (4 * width,)),
            ("mlp.c_proj.weight", (4 * width, width)), ("mlp.c_proj.bias", (width,)),
        ):
            yield f"h.{layer}.{name}", shape
    yield "ln_f.weight", (width,)
    yield "ln_f.bias", (width,)


def main():
    size = sys.argv[2] if len(sys.argv) > 2 else "124m"
    if not 2 <= len(sys.argv) <= 3 or size not in SIZES:
        sys.exit(__doc__)
    width, layers, heads = SIZES[size]
    directory = Path(sys.argv[1])
    directory.mkdir(parents=True, exist_ok=True)
    random.seed(1)
    floats = array("f", (random.gauss(0, 0.02) for _ in range(PIECE_NUMBERS))).tobytes()
    piece = b"".join(floats[i + 2 : i + 4] for i in range(0, len(floats), 4))  # The upper halves are bfloat16.
    ones = struct.pack("<H", 0x3F80) * width
    header, offset = {}, 0
    for name, shape in shapes(width, layers):
        size = 2 * shape[0] * (shape[1] if len(shape) == 2 else 1)
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(directory / "model.safetensors", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for name, entry in header.items():
            left = entry["data_offsets"][1] - entry["data_offsets"][0]
            norm = ".ln_" in "." + name and name.endswith("weight")
            while left > 0:
                left -= file.write((ones if norm else piece)[:left])
    write = lambda name, value: (directory / name).write_text(json.dumps(value))
    write("config.json", {
        "model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "n_embd": width, "n_head": heads, "n_layer": layers,
        "n_positions": CONTEXT, "vocab_size": VOCABULARY, "activation_function": "gelu_new", "layer_norm_epsilon": 1e-5})
    write("tokenizer_config.json", {"tokenizer_class": "PreTrainedTokenizerFast"})
    write("tokenizer.json", {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None,
        "pre_tokenizer": {"type": "WhitespaceSplit"}, "post_processor": None, "decoder": {"type": "Fuse"},
        "model": {"type": "WordLevel", "unk_token": "w0", "vocab": {f"w{i}": i for i in range(VOCABULARY)}}})


main()
