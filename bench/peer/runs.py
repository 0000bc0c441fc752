"""Whole runs, one after the other: the model is made, trained for an epoch, and evaluated.

    {"kind": "runs", "model": folder, "runs": [{"initial": file, "batches": [{"ids", "labels"}, ...]}, ...],
     "evaluation": [{"ids", "labels"}, ...], "method", "head", "learningRate", "weightDecay"}   (as in steps.py)

One time for all of them. Evidence: the losses of each run's first four steps, run after run.
"""

import time

import torch
from model import build, build_optimizer, load_batch, parse_mode, precision_of, train_step


def run_runs(job, mode):
    choice = parse_mode(mode)
    runs = [{**run, "batches": [load_batch(batch) for batch in run["batches"]]} for run in job["runs"]]
    evaluation = [load_batch(batch) for batch in job["evaluation"]]
    start = time.perf_counter()
    losses = [one_run(job, choice, run, evaluation) for run in runs]
    return {"seconds": [time.perf_counter() - start], "evidence": [loss for run in losses for loss in run[:4]]}


def one_run(job, choice, run, evaluation):
    model = build(job, choice["attention"], run["initial"])
    optimizer = build_optimizer(job, model, choice)
    losses = [train_step(model, optimizer, choice, batch) for batch in run["batches"]]
    model.eval()
    with torch.no_grad(), precision_of(choice):
        for ids, mask, _labels in evaluation:
            model(ids, mask).argmax(1).tolist()  # read, as an accuracy would; nobody asks for it here
    return losses
