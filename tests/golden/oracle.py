"""The reference computations: transformers' BERT with a linear classifier on the pooler output, PEFT's LoRA, PyTorch's AdamW."""

import math

import torch
from peft import LoraConfig, inject_adapter_in_model
from torch import nn
from torch.nn.functional import cross_entropy

ALL_LINEAR = ["query", "key", "value", "dense", "classifier"]  # `dense`: attention output, both feed-forward layers and the pooler
QUERY_VALUE = ["query", "value"]
ADAMW = {"betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.01}


class Classifier(nn.Module):
    """logits = classifier(pooler output). The fresh head is a formula, so that nobody has to store it."""

    def __init__(self, bert, classes=2):
        super().__init__()
        self.bert = bert
        self.classifier = nn.Linear(bert.config.hidden_size, classes)
        with torch.no_grad():
            self.classifier.weight.copy_(wave(self.classifier.weight.shape, scale=0.02, start=1.0))
            self.classifier.bias.zero_()

    def forward(self, ids, mask):
        return self.classifier(self.bert(input_ids=ids, attention_mask=mask).pooler_output)


def wave(shape, scale, start):
    """scale * sin(start + k) for the k-th entry in row-major order, computed in double precision, stored in single."""
    entries = [scale * math.sin(start + k) for k in range(math.prod(shape))]
    return torch.tensor(entries, dtype=torch.float64).float().reshape(shape)


def pad(rows, multiple=8):
    """Ids and mask, padded with 0 to the longest row, rounded up to a multiple."""
    width = math.ceil(max(map(len, rows)) / multiple) * multiple
    ids = [row + [0] * (width - len(row)) for row in rows]
    mask = [[1] * len(row) + [0] * (width - len(row)) for row in rows]
    return ids, mask


def add_lora(model, targets, rank=8, alpha=16, train_head=False):
    """LoRA with B = 0 and A by formula; everything else frozen, but for the head where it is asked for."""
    inject_adapter_in_model(LoraConfig(r=rank, lora_alpha=alpha, lora_dropout=0.0, target_modules=targets), model)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if ".lora_A." in name:
                parameter.copy_(wave(parameter.shape, scale=0.05, start=0.5))
            if ".lora_B." in name:
                parameter.zero_()
    for name, parameter in model.named_parameters():
        parameter.requires_grad_("lora_" in name or (train_head and name.startswith("classifier.")))
    return model


def trainable(model):
    """Trainable parameters by the names of the safetensors file; LoRA's as `<module>.lora_A` and `<module>.lora_B`."""
    plain = lambda name: name.removeprefix("bert.").replace(".default.weight", "").replace(".base_layer", "")
    return {plain(name): parameter for name, parameter in model.named_parameters() if parameter.requires_grad}


def train(model, batches, learning_rate, steps, penalty=lambda: 0):
    """AdamW on cross entropy plus a penalty: constant rate, batches in turn.

    Returns cross entropies, the gradients of the first step and, after the last, weights and logits.
    """
    model.eval()  # no dropout
    parameters = trainable(model)
    optimizer = torch.optim.AdamW(parameters.values(), lr=learning_rate, **ADAMW)
    losses, gradients = [], {}
    for step in range(steps):
        batch = batches[step % len(batches)]
        optimizer.zero_grad()
        loss = cross_entropy(model(torch.tensor(batch["ids"]), torch.tensor(batch["mask"])), torch.tensor(batch["labels"]))
        (loss + penalty()).backward()
        losses.append(loss.item())
        if step == 0:
            gradients = {name: parameter.grad.detach().clone() for name, parameter in parameters.items()}
        optimizer.step()
    with torch.no_grad():
        logits = model(torch.tensor(batches[0]["ids"]), torch.tensor(batches[0]["mask"]))
    return {"losses": losses, "gradients": gradients, "weights": {n: p.detach().clone() for n, p in parameters.items()}, "logits": logits}
