"""A job's model in a mode, ready to train, and its batches.

A mode is words joined by hyphens, one of each row, the first where none is named:

    f32 | bf16       bf16: autocast around the forward pass
    sdpa | eager     attention
    plain | compile  compile: torch.compile (tens of seconds for a new width: the warm-up must meet every batch)
    fused | foreach | loop   implementation of AdamW
"""

import contextlib

import torch
from peft import LoraConfig, inject_adapter_in_model
from safetensors.torch import load_file
from torch import nn
from torch.nn.functional import cross_entropy
from transformers import BertModel

CHOICES = {
    "precision": ["f32", "bf16"],
    "attention": ["sdpa", "eager"],
    "execution": ["plain", "compile"],
    "optimizer": ["fused", "foreach", "loop"],
}
TARGETS = {"all": ["query", "key", "value", "dense", "classifier"], "qv": ["query", "value"]}


class Classifier(nn.Module):
    def __init__(self, bert):
        super().__init__()
        self.bert = bert
        self.classifier = nn.Linear(bert.config.hidden_size, 2)

    def forward(self, ids, mask):
        return self.classifier(self.bert(input_ids=ids, attention_mask=mask).pooler_output)


def parse_mode(mode):
    words = mode.split("-")
    known = [word for row in CHOICES.values() for word in row]
    for word in words:
        if word not in known:
            raise ValueError(f"Cannot run mode {mode} as its words must be among {', '.join(known)}: {word}")
    return {name: next((word for word in words if word in row), row[0]) for name, row in CHOICES.items()}


def build(job, attention, initial):
    """The model of a job; only what the job trains requires a gradient.

    initial: a safetensors file with the values that are not the encoder's, `classifier.weight`, `classifier.bias` and each `MODULE.lora_A`;
    LoRA's B starts at 0. No dropout.
    """
    bert = BertModel.from_pretrained(
        job["model"], dtype=torch.float32, attn_implementation=attention, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0
    )
    model = Classifier(bert).train()
    method = job["method"]
    if method["name"] == "lora":
        lora = LoraConfig(r=method["rank"], lora_alpha=method["alpha"], lora_dropout=0.0, target_modules=TARGETS[method["targets"]])
        inject_adapter_in_model(lora, model)
        for name, parameter in model.named_parameters():
            parameter.requires_grad_("lora_" in name or (job["head"] == "trained" and name.startswith("classifier.")))
    parameters = dict(model.named_parameters())
    with torch.no_grad():
        for name, value in load_file(initial).items():
            parameters[parameter_name(name, parameters)].copy_(value)
    return model


def parameter_name(name, parameters):
    """PEFT's name for a tensor of the `initial` file."""
    name = name if name.startswith("classifier.") else f"bert.{name}"
    module, part = name.rsplit(".", 1)
    candidates = [name, f"{module}.{part}.default.weight", f"{module}.base_layer.{part}"]
    return next(candidate for candidate in candidates if candidate in parameters)


def build_optimizer(job, model, choice):
    return torch.optim.AdamW(
        [parameter for parameter in model.parameters() if parameter.requires_grad],
        lr=job["learningRate"],
        weight_decay=job["weightDecay"],
        fused=choice["optimizer"] == "fused",
        foreach=choice["optimizer"] == "foreach",
    )


def precision_of(choice):
    return torch.autocast("cpu", torch.bfloat16) if choice["precision"] == "bf16" else contextlib.nullcontext()


def load_batch(batch):
    """{"ids": [[...], ...] unpadded, "labels": [...]} as tensors, padded to the longest row."""
    rows = batch["ids"]
    width = max(map(len, rows))
    ids = torch.tensor([row + [0] * (width - len(row)) for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])
    return ids, mask, torch.tensor(batch["labels"])


def train_step(forward, optimizer, choice, batch):
    """One step; returns the loss before it."""
    ids, mask, labels = batch
    optimizer.zero_grad()
    with precision_of(choice):
        logits = forward(ids, mask)
    loss = cross_entropy(logits.float(), labels)
    loss.backward()
    optimizer.step()
    return loss.item()
