"""PyTorch's side of the bench: the same work by transformers' BERT, PEFT's LoRA and torch's AdamW.

    python bench/peer/main.py JOB.json     runs one job
    python bench/peer/main.py -            reads the paths of jobs from standard input, one a line, until it ends

A job is JSON: {"kind": "steps" | "runs" | "epoch" | "ntk", "modes": [...], "threads": 2, ...}; what else it holds stands in the file of its kind.
Answer: one line of JSON for each mode, {"mode", "seconds": [of each timed piece of work], "evidence": [losses or accuracies]}. A mode that fails
answers {"mode", "error"}.
"""

import contextlib
import importlib
import json
import sys

import torch
from transformers.utils import logging

KINDS = {"steps": "run_steps", "runs": "run_runs", "epoch": "run_epoch", "ntk": "run_ntk"}


def run_job(path, answers):
    with open(path, encoding="utf-8") as file:
        job = json.load(file)
    torch.set_num_threads(job["threads"])
    for mode in job["modes"]:
        try:
            run = getattr(importlib.import_module(job["kind"]), KINDS[job["kind"]])  # imported when asked for: a start pays for what it uses
            answer = {"mode": mode, **run(job, mode)}
        except Exception as error:  # one mode (a missing compiler, say) must not take the others with it
            lines = str(error).strip().splitlines()
            answer = {"mode": mode, "error": f"{type(error).__name__}: {lines[0] if lines else ''}"}
        print(json.dumps(answer), file=answers, flush=True)


def main():
    if len(sys.argv) != 2 or sys.argv[1] in ("-h", "--help"):
        sys.exit(__doc__)
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    with contextlib.redirect_stdout(sys.stderr):  # what libraries print is no answer
        for path in sys.stdin if sys.argv[1] == "-" else sys.argv[1:]:
            if path.strip():
                run_job(path.strip(), sys.__stdout__)


if __name__ == "__main__":
    main()
