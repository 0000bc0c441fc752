"""Executes a notebook as JupyterLab's own client does: run_nbclient.py NOTEBOOK EXECUTED. Exit code 1 where a cell fails."""

import sys

import nbclient
import nbformat

source, executed = sys.argv[1:]
notebook = nbformat.read(source, as_version=4)
client = nbclient.NotebookClient(notebook, timeout=60, kernel_name="lowrank")
failure = None
try:
    client.execute()
except (nbclient.exceptions.CellExecutionError, nbclient.exceptions.DeadKernelError) as error:
    failure = error
nbformat.write(notebook, executed)
if failure is not None:
    print(f"{type(failure).__name__}: {failure}", file=sys.stderr)
    sys.exit(1)
