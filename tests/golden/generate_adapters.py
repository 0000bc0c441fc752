"""Writes adapters.json and rora.json beside this file: what PEFT's adapters and a plain PyTorch RoRA answer on the encoder of tiny.json.

    python tests/golden/generate_adapters.py [--out FOLDER]
"""

import argparse
import json
import math
from pathlib import Path

import torch
from peft import LoraConfig, inject_adapter_in_model
from peft.tuners.tuners_utils import BaseTunerLayer
from torch.nn.functional import cross_entropy, linear
from transformers import BertConfig, BertModel

import oracle
from generate import RECIPE, STEPS, compact, entries, header, norm, numbers

HERE = Path(__file__).parent
SOURCE = "the BertModel of tiny.json, whose weights are formulas"
INITIAL = {"lora": True, "dora": True, "pissa": "pissa", "olora": "olora"}


def encoder():
    tiny = json.loads((HERE / "tiny.json").read_text(encoding="utf-8"))
    bert = BertModel(BertConfig(**tiny["config"], attn_implementation="eager")).eval()
    for name, parameter in bert.named_parameters():
        how = tiny["weights"][name]
        values = [how["offset"] + how["scale"] * math.sin(how["seed"] + 0.37 * k * k) for k in range(parameter.numel())]
        parameter.data.copy_(torch.tensor(values, dtype=torch.float64).float().reshape(parameter.shape))
    return oracle.Classifier(bert).eval(), tiny["batches"]


def adapt(model, method, targets, rank, alpha):
    """PEFT's adapter. Where it draws A, both factors are formulas instead; PEFT's own start is the golden of the others."""
    modules = oracle.ALL_LINEAR if targets == "all" else oracle.QUERY_VALUE
    config = {"r": rank, "lora_alpha": alpha, "lora_dropout": 0.0, "target_modules": modules}
    inject_adapter_in_model(LoraConfig(**config, init_lora_weights=INITIAL[method], use_dora=method == "dora"), model)
    for name, parameter in model.named_parameters():
        if method in ("lora", "dora") and ".lora_A." in name:
            parameter.data.copy_(oracle.wave(parameter.shape, scale=0.05, start=0.5))
        if method in ("lora", "dora") and ".lora_B." in name:
            parameter.data.copy_(oracle.wave(parameter.shape, scale=0.02, start=0.25))
        parameter.requires_grad_("lora_" in name or (targets == "qv" and name.startswith("classifier.")))
    return model


def adapted(model):
    """PEFT's layers by the names of their modules."""
    return {name.removeprefix("bert."): module for name, module in model.named_modules() if isinstance(module, BaseTunerLayer)}


def plain(tensors):
    return {name.replace("lora_magnitude_vector", "lora_magnitude"): tensor for name, tensor in tensors.items()}


# ----------------------------------------------------------------------------------------------------------------------- adapters


def adapter_case(method, targets, rank=4, alpha=6, rate=1e-2):
    signless = method in ("pissa", "olora")  # of a column of B and its row of A together

    def run(dtype):
        model, batches = encoder()
        model = adapt(model, method, targets, rank, alpha).to(dtype).eval()
        start = {f"{name}.weight": layer.base_layer.weight.detach().clone() for name, layer in adapted(model).items()}
        product = lambda layer: (layer.lora_B["default"].weight @ layer.lora_A["default"].weight).detach().clone()
        products = {name: product(layer) for name, layer in adapted(model).items()}
        with torch.no_grad():
            first = model(torch.tensor(batches[0]["ids"]), torch.tensor(batches[0]["mask"]))
        found = oracle.train(model, batches, rate, STEPS)
        for layer in adapted(model).values():
            layer.merge()
        merged = {f"{name}.weight": layer.base_layer.weight.detach().clone() for name, layer in adapted(model).items()}
        return {**found, "gradients": plain(found["gradients"]), "weights": plain(found["weights"]), "base": start, "products": products, "merged": merged, "first": first}

    single, double = run(torch.float32), run(torch.float64)
    sizes = lambda name, tensor: tensor.abs() if signless and ".lora_" in name else tensor

    def summary(part):
        shown = {name: (sizes(name, tensor), sizes(name, double[part][name])) for name, tensor in single[part].items()}
        deviation = lambda pair: (pair[0].double() - pair[1]).abs().max().item()
        return {
            "tensors": {name: {"norm": norm(pair[0]), "deviation": float(f"{deviation(pair):.2g}")} for name, pair in shown.items()},
            "entries": [{"name": name, **entries(pair[0])} for name, pair in shown.items()],
        }

    return {
        "method": {"name": method, "targets": targets, "rank": rank, "alpha": alpha, "head": "trained" if targets == "qv" else "frozen"},
        "learningRate": rate,
        "trainableParameters": sum(tensor.numel() for tensor in single["weights"].values()),
        "base": summary("base"),
        "products": summary("products"),
        "firstLogits": numbers(single["first"]),
        "losses": numbers(single["losses"]),
        "losses64": numbers(double["losses"]),
        "firstGradients": summary("gradients"),
        "finalWeights": summary("weights"),
        "finalLogits": numbers(single["logits"]),
        "merged": summary("merged"),
    }


class Mask(torch.nn.Module):
    """In place of PEFT's dropout: features by a given mask, kept ones divided by 1 - p."""

    def __init__(self, index, size, p):
        super().__init__()
        self.values = mask_of(index, (size,)) / (1 - p)

    def forward(self, x):
        return x * self.values


def dropped_case(method, p=0.1):
    model, batches = encoder()
    model = adapt(model, method, "qv", 4, 6).eval()
    for index, layer in enumerate(adapted(model).values()):
        layer.lora_dropout["default"] = Mask(index, layer.base_layer.in_features, p)
        layer.train()
    logits = model(torch.tensor(batches[0]["ids"]), torch.tensor(batches[0]["mask"]))
    loss = cross_entropy(logits, torch.tensor(batches[0]["labels"]))
    loss.backward()
    gradients = plain({name: parameter.grad for name, parameter in oracle.trainable(model).items()})
    return {
        "method": {"name": method, "targets": "qv", "rank": 4, "alpha": 6, "head": "trained"},
        "rate": p,
        "loss": numbers(loss.item()),
        "logits": numbers(logits.detach()),
        "gradients": [{"name": name, **entries(tensor)} for name, tensor in gradients.items()],
    }


def adapters():
    return {
        **header(SOURCE) | {"script": "tests/golden/generate_adapters.py"},
        "note": "as in tiny.json; base: PEFT's base weights after its start; products: B A at the start; merged: W' after training; entries of PiSSA's "
        "and OLoRA's factors (and of their gradients) are magnitudes, as the signs of singular vectors and of Q are a library's choice; dropped: one pass with a given mask as dropout, 0 for the k-th feature where "
        "(7 k + 3 module) % 10 = 0, modules counted from the bottom",
        **RECIPE | {"adapter": {"lora, dora": "A = 0.05 * sin(0.5 + k), B = 0.02 * sin(0.25 + k)", "pissa, olora": "PEFT's"}},
        "cases": {f"{method}-{targets}": adapter_case(method, targets) for method in INITIAL for targets in ("qv", "all")},
        "dropped": [dropped_case(method) for method in INITIAL],
    }


# --------------------------------------------------------------------------------------------------------------------------- RoRA


def omega(model, k, reduce):
    """|U_k^T B|^2 + |A V_k|^2 by autograd's own rules, U and V from torch.linalg.svd; full: all directions."""
    parts = []
    for layer in adapted(model).values():
        u, _, vh = torch.linalg.svd(layer.base_layer.weight.detach())
        count = u.shape[0] if k == "full" else k
        a, b = layer.lora_A["default"].weight, layer.lora_B["default"].weight
        parts.append((u[:, :count].T @ b).square().sum() + (a @ vh[:count].T).square().sum())
    return torch.stack(parts).sum() if reduce == "sum" else torch.stack(parts).mean()


def constrained_case(k, reduce, weight, rate=1e-2):
    def run(dtype):
        model, batches = encoder()
        model = adapt(model, "lora", "qv", 4, 6).to(dtype).eval()
        first = omega(model, k, reduce).item()
        found = oracle.train(model, batches, rate, STEPS, penalty=lambda: weight * omega(model, k, reduce))
        return {**found, "omegas": [first, omega(model, k, reduce).item()]}

    single, double = run(torch.float32), run(torch.float64)

    def summary(part):
        deviation = lambda name: (single[part][name].double() - double[part][name]).abs().max().item()
        return {
            "tensors": {name: {"norm": norm(tensor), "deviation": float(f"{deviation(name):.2g}")} for name, tensor in single[part].items()},
            "entries": [{"name": name, **entries(tensor)} for name, tensor in single[part].items()],
        }

    return {
        "tr": {"lambda": weight, "k": k, "reduce": reduce},
        "learningRate": rate,
        "omegas": numbers(double["omegas"]),
        "losses": numbers(single["losses"]),
        "losses64": numbers(double["losses"]),
        "firstGradients": summary("gradients"),
        "finalWeights": summary("weights"),
        "finalLogits": numbers(single["logits"]),
    }


def mask_of(module, shape):
    """0 for each k-th entry with (7 k + 3 module) % 10 = 0, 1 otherwise: the keeps of dropout at p = .1."""
    size = math.prod(shape)
    return torch.tensor([float((7 * k + 3 * module) % 10 != 0) for k in range(size)]).reshape(shape)


def disturbed_case(site, rescale, p=0.1):
    model, batches = encoder()
    model = adapt(model, "lora", "qv", 4, 6).eval()
    keep = 1 / (1 - p) if rescale else 1

    def disturb(layer, index):
        weight, bias = layer.base_layer.weight, layer.base_layer.bias
        features = mask_of(index, (weight.shape[1],))
        forwards = {
            "weight": lambda x: linear(x, weight * mask_of(index, weight.shape) * keep, bias),
            "input": lambda x: linear(x * features * keep, weight, bias),
            "output": lambda x: linear(x, weight) * features * keep + bias,
        }
        layer.base_layer.forward = forwards[site]

    for index, layer in enumerate(adapted(model).values()):
        disturb(layer, index)
    found = oracle.train(model, batches, 0, 1)
    return {
        "ci": {"rate": p, "site": site, "rescale": rescale},
        "loss": numbers(found["losses"][0]),
        "logits": numbers(found["logits"]),
        "gradients": [{"name": name, **entries(tensor)} for name, tensor in found["gradients"].items()],
    }


def rora():
    return {
        **header(SOURCE) | {"script": "tests/golden/generate_adapters.py"},
        "note": "LoRA on query and value, rank 4, alpha 6, head trained, A = 0.05 * sin(0.5 + k), B = 0.02 * sin(0.25 + k); losses are cross entropies, "
        "without the penalty; omegas: Omega before and after training; disturbed: dropout's mask is 0 where (7 k + 3 module) % 10 = 0, with k the entry "
        "of a weight or the feature of an input or output, modules counted from the bottom",
        **RECIPE,
        "constrained": [constrained_case(3, "mean", 10), constrained_case(3, "sum", 0.5), constrained_case("full", "mean", 10)],
        "disturbed": [disturbed_case(site, rescale) for site in ("weight", "input", "output") for rescale in (True, False)],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=HERE)
    options = parser.parse_args()
    torch.set_num_threads(2)
    torch.manual_seed(0)
    for name, make in {"adapters": adapters, "rora": rora}.items():
        (options.out / f"{name}.json").write_text(compact(make()) + "\n", encoding="utf-8")
        print(f"{name}.json")


if __name__ == "__main__":
    main()
