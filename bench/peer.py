"""The PyTorch side of the bench: the same training steps on the same batches, by transformers' BERT, PEFT's LoRA and torch's AdamW.

    python bench/peer.py JOB.json            runs one job
    python bench/peer.py -                   reads the paths of jobs from standard input, one a line, until it ends

A job is JSON:

    {"model": folder, "batches": [{"ids": [[...], ...], "labels": [...], "weights": [...]?}, ...],
     "method": "full" | {"name": "lora", "rank": 8, "alpha": 16, "targets": "all" | "qv"}, "head": "frozen" | "trained",
     "warmupSteps": 3, "timedSteps": 20, "learningRate": 1e-3, "weightDecay": 0.01, "threads": 2, "modes": ["f32-eager-fused", ...]}

Ids come unpadded; each batch is padded to its longest row before the clock starts. `weights` (one a row) make the loss a weighted mean. Step s,
warm-up included, uses batch s modulo their number. Answer: one line of JSON for each mode, {"mode", "secondsPerStep": [...], "losses": [...]}, the
losses from the first warm-up step on. A mode that fails answers {"mode", "error"}.

A mode is words joined by hyphens, one of each row, the first where none is named:

    f32 | bf16       bf16: autocast around the forward pass (the word `autocast` may stand beside it)
    sdpa | eager     attention
    plain | compile  compile: torch.compile (tens of seconds for a new width: the warm-up must see every batch once)
    fused | foreach | loop   implementation of AdamW

Initial values are formulas, as in tests/golden: classifier 0.02 sin(1 + k), LoRA A 0.05 sin(0.5 + k), B 0. No dropout on either side.
"""

import contextlib
import json
import math
import sys
import time

import torch
from peft import LoraConfig, inject_adapter_in_model
from torch import nn
from torch.nn.functional import cross_entropy
from transformers import BertModel
from transformers.utils import logging

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
        with torch.no_grad():
            self.classifier.weight.copy_(wave(self.classifier.weight.shape, 0.02, 1.0))
            self.classifier.bias.zero_()

    def forward(self, ids, mask):
        return self.classifier(self.bert(input_ids=ids, attention_mask=mask).pooler_output)


def wave(shape, scale, start):
    entries = [scale * math.sin(start + k) for k in range(math.prod(shape))]
    return torch.tensor(entries, dtype=torch.float64).float().reshape(shape)


def parse_mode(mode):
    words = [word for word in mode.split("-") if word != "autocast"]
    known = [word for row in CHOICES.values() for word in row]
    for word in words:
        if word not in known:
            raise ValueError(f"Cannot run mode {mode} as its words must be among {', '.join(known)}: {word}")
    return {name: next((word for word in words if word in row), row[0]) for name, row in CHOICES.items()}


def build(job, attention):
    """The model of a job, ready to train; only what the job trains requires a gradient."""
    bert = BertModel.from_pretrained(
        job["model"], dtype=torch.float32, attn_implementation=attention, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0
    )
    model = Classifier(bert).train()
    method = job["method"] if isinstance(job["method"], dict) else {"name": job["method"]}
    if method["name"] == "full":
        return model
    if method["name"] != "lora":
        raise ValueError(f"Cannot build the model as its method must be full or lora: {method['name']}")
    lora = LoraConfig(
        r=method.get("rank", 8), lora_alpha=method.get("alpha", 16), lora_dropout=0.0, target_modules=TARGETS[method.get("targets", "all")]
    )
    inject_adapter_in_model(lora, model)
    for name, parameter in model.named_parameters():
        parameter.requires_grad_("lora_" in name or (job.get("head") == "trained" and name.startswith("classifier.")))
        if ".lora_A." in name:
            parameter.data.copy_(wave(parameter.shape, 0.05, 0.5))
    return model


def load_batch(batch):
    rows = batch["ids"]
    width = max(map(len, rows))
    ids = torch.tensor([row + [0] * (width - len(row)) for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows])
    weights = torch.tensor(batch["weights"], dtype=torch.float32) if batch.get("weights") else None
    return ids, mask, torch.tensor(batch["labels"]), weights


def mean_loss(logits, labels, weights):
    if weights is None:
        return cross_entropy(logits.float(), labels)
    return (cross_entropy(logits.float(), labels, reduction="none") * weights).sum() / weights.sum()


def run_mode(job, mode):
    choice = parse_mode(mode)
    torch.set_num_threads(job.get("threads", torch.get_num_threads()))
    model = build(job, choice["attention"])
    forward = torch.compile(model) if choice["execution"] == "compile" else model
    optimizer = torch.optim.AdamW(
        [parameter for parameter in model.parameters() if parameter.requires_grad],
        lr=job["learningRate"],
        weight_decay=job.get("weightDecay", 0.01),
        fused=choice["optimizer"] == "fused",
        foreach=choice["optimizer"] == "foreach",
    )
    precision = torch.autocast("cpu", torch.bfloat16) if choice["precision"] == "bf16" else contextlib.nullcontext()
    batches = [load_batch(batch) for batch in job["batches"]]
    seconds, losses = [], []
    for step in range(job["warmupSteps"] + job["timedSteps"]):
        ids, mask, labels, weights = batches[step % len(batches)]
        start = time.perf_counter()
        optimizer.zero_grad()
        with precision:
            logits = forward(ids, mask)
        loss = mean_loss(logits, labels, weights)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        seconds.append(time.perf_counter() - start)
    return {"mode": mode, "secondsPerStep": seconds[job["warmupSteps"] :], "losses": losses}


def run_job(path):
    with open(path, encoding="utf-8") as file:
        job = json.load(file)
    for mode in job["modes"]:
        try:
            answer = run_mode(job, mode)
        except Exception as error:  # one mode (a missing compiler, say) must not take the others with it
            answer = {"mode": mode, "error": f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"}
        print(json.dumps(answer), flush=True)


def main():
    if len(sys.argv) != 2 or sys.argv[1] in ("-h", "--help"):
        sys.exit(__doc__)
    logging.disable_progress_bar()
    for path in sys.stdin if sys.argv[1] == "-" else sys.argv[1:]:
        if path.strip():
            run_job(path.strip())


if __name__ == "__main__":
    main()
