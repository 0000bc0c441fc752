"""Writes roberta.json beside this file: a tiny RoBERTa classifier of formulas, and a tiny byte-level BPE. See README.md for the environment.

    python tests/golden/generate_roberta.py [--out FOLDER]
"""

import argparse
import json
import math
from importlib.metadata import version
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from torch.nn.functional import cross_entropy
from transformers import PreTrainedTokenizerFast, RobertaConfig, RobertaForSequenceClassification

from generate import compact, norm, numbers
from texts import FORWARD_TEXTS, TOKENIZER_TEXTS

PACKAGES = ["torch", "transformers", "tokenizers", "numpy"]
SPECIAL = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
PADDING = 1


def tokenizer():
    """As RoBERTa's: bytes as characters, merges, no space put in front, <s> text </s>; merges learnt from our own texts."""
    bpe = Tokenizer(models.BPE())
    bpe.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    bpe.train_from_iterator(TOKENIZER_TEXTS + FORWARD_TEXTS, trainers.BpeTrainer(vocab_size=450, special_tokens=SPECIAL, initial_alphabet=alphabet))
    bpe.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=True, add_prefix_space=False)
    return bpe


def tiny(config):
    model = RobertaForSequenceClassification(RobertaConfig(**config, num_labels=2, attn_implementation="eager")).eval()
    weights = {}
    for at, (name, parameter) in enumerate(model.named_parameters()):
        kind = "norm" if name.endswith("LayerNorm.weight") else "bias" if name.endswith("bias") else "matrix"
        scale, offset = {"norm": (0.1, 1), "bias": (0.1, 0), "matrix": (0.3, 0)}[kind]
        weights[name] = {"shape": list(parameter.shape), "scale": scale, "offset": offset, "seed": at + 1}
        values = [offset + scale * math.sin(at + 1 + 0.37 * k * k) for k in range(parameter.numel())]
        parameter.data.copy_(torch.tensor(values, dtype=torch.float64).float().reshape(parameter.shape))
    return model, weights


def forward(model, ids, mask):
    """Hidden states whole, the first layer of the head after its tanh as `pooler`, logits."""
    with torch.no_grad():
        found = model(input_ids=torch.tensor(ids), attention_mask=torch.tensor(mask), output_hidden_states=True)
        pooler = torch.tanh(model.classifier.dense(found.hidden_states[-1][:, 0]))
    unmasked = torch.tensor(mask).bool()
    positions = [sorted({0, 1, sum(row) - 1}) for row in mask]
    layers = [
        {
            "sum": numbers(hidden[unmasked].double().sum().item()),
            "norm": norm(hidden[unmasked]),
            "values": [[numbers(hidden[row, position]) for position in at] for row, at in enumerate(positions)],
        }
        for hidden in found.hidden_states
    ]
    return {"ids": ids, "mask": mask, "positions": positions, "hidden": layers, "pooler": numbers(pooler), "logits": numbers(found.logits)}


def gradients(model, ids, mask, labels):
    model.zero_grad()
    loss = cross_entropy(model(input_ids=torch.tensor(ids), attention_mask=torch.tensor(mask)).logits, torch.tensor(labels))
    loss.backward()
    norms = {name: norm(parameter.grad) for name, parameter in model.named_parameters()}
    return {"labels": labels, "loss": numbers(loss.item()), "norms": norms}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    options = parser.parse_args()
    torch.set_num_threads(1)
    bpe = tokenizer()
    fast = PreTrainedTokenizerFast(tokenizer_object=bpe, bos_token="<s>", eos_token="</s>", pad_token="<pad>", unk_token="<unk>", mask_token="<mask>")
    config = {"vocab_size": bpe.get_vocab_size(), "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    config |= {"max_position_embeddings": 66, "type_vocab_size": 1, "hidden_act": "gelu", "layer_norm_eps": 1e-5, "pad_token_id": PADDING}
    model, weights = tiny(config)
    rows = [fast(text)["input_ids"][:24] for text in FORWARD_TEXTS[:4]]
    width = max(map(len, rows)) + 2
    ids = [row + [PADDING] * (width - len(row)) for row in rows]
    mask = [[1] * len(row) + [0] * (width - len(row)) for row in rows]
    golden = {
        "source": "a RobertaForSequenceClassification whose weights are formulas; a byte-level BPE learnt from texts.py",
        "versions": {name: version(name) for name in PACKAGES},
        "script": "tests/golden/generate_roberta.py",
        "note": "weights: offset + scale * sin(seed + 0.37 * k * k), in double precision, rounded to single; padded with <pad>; hidden values whole; "
        "tokens: special ones added, no truncation, no padding; gradients: norms, of the mean cross entropy, without dropout",
        "config": {"model_type": "roberta", **config},
        "weights": weights,
        "forward": forward(model, ids, mask),
        "gradients": gradients(model, ids, mask, [0, 1, 1, 0]),
        "tokens": [{"text": text, "ids": fast(text)["input_ids"]} for text in TOKENIZER_TEXTS],
        "tokenizer": json.loads(bpe.to_str()),
    }
    (options.out / "roberta.json").write_text(compact(golden) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
