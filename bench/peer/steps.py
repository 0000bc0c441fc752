"""Training steps, each timed.

    {"kind": "steps", "model": folder, "initial": file, "batches": [{"ids", "labels"}, ...], "method": {"name": "full"} |
     {"name": "lora", "rank", "alpha", "targets": "all" | "qv"}, "head": "frozen" | "trained", "warmupSteps": 3, "timedSteps": 20,
     "learningRate": 1e-3, "weightDecay": 0.01}

Batches are padded before the clock starts. Step s, warm-up included, uses batch s modulo their number. Evidence: the losses from the first warm-up
step on.
"""

import time

import torch
from model import build, build_optimizer, load_batch, parse_mode, train_step

compiled = {}  # by mode: what torch.compile made is kept for the next job, which must be of the same model


def run_steps(job, mode):
    choice = parse_mode(mode)
    model, forward = compiled_model(job, mode, choice) if choice["execution"] == "compile" else plain_model(job, choice)
    optimizer = build_optimizer(job, model, choice)
    batches = [load_batch(batch) for batch in job["batches"]]
    seconds, losses = [], []
    for step in range(job["warmupSteps"] + job["timedSteps"]):
        start = time.perf_counter()
        losses.append(train_step(forward, optimizer, choice, batches[step % len(batches)]))
        seconds.append(time.perf_counter() - start)
    return {"seconds": seconds[job["warmupSteps"] :], "evidence": losses}


def plain_model(job, choice):
    model = build(job, choice["attention"], job["initial"])
    return model, model


def compiled_model(job, mode, choice):
    """The mode's compiled model at its initial values."""
    if mode not in compiled:
        model = build(job, choice["attention"], job["initial"])
        trained = {name: parameter.detach().clone() for name, parameter in model.named_parameters() if parameter.requires_grad}
        compiled[mode] = model, torch.compile(model), trained
    model, forward, trained = compiled[mode]
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name in trained:
                parameter.copy_(trained[name])
    return model, forward
