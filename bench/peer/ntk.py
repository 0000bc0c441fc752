"""An empirical neural tangent kernel by torch.func: vmap of the gradient of each class score, then the Gram matrix.

    {"kind": "ntk", "model": folder, "initial": file, "chunks": [{"ids", "labels"}, ...], "method", "head", "timed": 1}   (as in steps.py)

A chunk's rows are padded to its longest; the gradients of all chunks are kept, tensor by tensor, and multiplied when all are there. Evidence: as in
bench/cases/ntk.ts, of the rows in the order of the chunks.
"""

import math
import time

import torch
from model import build, load_batch, parse_mode
from torch.func import functional_call, jacrev, vmap


def run_ntk(job, mode):
    model = build(job, parse_mode(mode)["attention"], job["initial"]).eval()
    chunks = [load_batch(chunk) for chunk in job["chunks"]]
    seconds = []
    for _ in range(job["timed"]):
        start = time.perf_counter()
        kernel = kernel_of(model, chunks)
        seconds.append(time.perf_counter() - start)
    return {"seconds": seconds, "evidence": evidence_of(kernel)}


def kernel_of(model, chunks):
    """[n c, n c], row i c + k."""
    trained = {name: parameter.detach() for name, parameter in model.named_parameters() if parameter.requires_grad}
    others = {name: parameter.detach() for name, parameter in model.named_parameters() if not parameter.requires_grad}
    others.update(model.named_buffers())

    def scores(values, ids, mask):
        # What is added to attention, as the model itself would make it; it looks at the values of a plain mask, which vmap cannot have.
        added = (1.0 - mask)[None, None, None] * torch.finfo(torch.float32).min
        return functional_call(model, (values, others), (ids[None], added))[0]

    # One forward pass for both class scores; grad of each score by itself would take two.
    gradients_of = vmap(jacrev(scores), (None, 0, 0))
    gradients = [gradients_of(trained, ids, mask) for ids, mask, _ in chunks]
    total = 0
    for name in trained:
        rows = torch.cat([found.pop(name).flatten(2).flatten(0, 1) for found in gradients])  # [n c, p]
        total = total + rows @ rows.T
    return total


def evidence_of(kernel):
    first = kernel[:4, :4].double()
    norms = first.diagonal().sqrt()
    return [math.log(x) for x in first.diagonal().tolist()] + (first[0, 1:] / norms[0] / norms[1:]).tolist()
