"""What models cost: importing, evaluating and aligning a GPT, relative to ``onnx.load`` and onnxruntime.

Each measurement runs in a process of its own.  Prints ratios and exits with 1 if one misses its target:

- import of the 12-layer GPT (width 768, about 500 MB) in at most 1.5 times the time of ``onnx.load`` plus hashing its weights,
- with at most twice the size of the file in memory beyond what an interpreter with the packages takes,
- evaluation in at most 10 times onnxruntime's time on one thread,
- alignment of one block with the basic level of onnxruntime in at most 5 s beyond loading, linear in the number of layers.

Run it with ``python benchmarks/graphs.py [FOLDER]``; models are made in FOLDER, or in one that is thrown away.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LAYERS = (1, 4, 12)
TARGETS = {"import": 1.5, "memory": 2.0, "evaluation": 10.0, "block": 5.0, "growth": 1.5}

TIMED = """
import json, resource, sys, time
def used(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
def best(f, times=3):
    out = []
    for _ in range(times):
        start = time.perf_counter(); f(); out.append(time.perf_counter() - start)
    return min(out)
path = sys.argv[1]
"""
PROGRAMS = {
    "make": """
from pathlib import Path
from tests.models import gpt
gpt(layers=int(sys.argv[2]), external_data_dir=Path(path).parent)
from tests.models.optimised import optimise
optimise(Path(path), Path(sys.argv[3]), "basic")
print(json.dumps({}))
""",
    "load": """
import hashlib, onnx
base = used(); start = time.perf_counter()
model = onnx.load(path)
for t in model.graph.initializer: hashlib.sha256(t.raw_data).digest()
print(json.dumps({"seconds": time.perf_counter() - start, "bytes": used() - base}))
""",
    "import": """
import onnx
from probanda.ir.importers.onnx import import_onnx
import probanda.ir.operators as o; o.load()
base = used(); start = time.perf_counter()
made = import_onnx(path)
for p in made.params.values(): p.sha256
print(json.dumps({"seconds": time.perf_counter() - start, "bytes": used() - base}))
""",
    "run": """
import numpy as np
from probanda.ir.importers.onnx import import_onnx
from probanda.obligations.artefacts.execute import executor
made = import_onnx(path); run = executor(made.graph, made.params)
x = {"input_ids": np.random.default_rng(0).integers(0, 50257, (1, 64))}
run.run(x)
print(json.dumps({"seconds": best(lambda: run.run(x))}))
""",
    "onnxruntime": """
import numpy as np, onnxruntime as ort
options = ort.SessionOptions(); options.intra_op_num_threads = options.inter_op_num_threads = 1
session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
x = {"input_ids": np.random.default_rng(0).integers(0, 50257, (1, 64))}
session.run(None, x)
print(json.dumps({"seconds": best(lambda: session.run(None, x))}))
""",
    "align": """
from probanda.ir.importers.onnx import import_onnx
from probanda.obligations.artefacts.align.engine import align
from probanda.obligations.settings import Settings
one, two = import_onnx(path), import_onnx(sys.argv[2])
for made in (one, two):
    for p in made.params.values(): p.sha256
start = time.perf_counter()
found = align(one.graph, one.params, two.graph, two.params, Settings(use_cache=False))
print(json.dumps({"seconds": time.perf_counter() - start, "verdict": found.verdict.value, "nodes": found.nodes}))
""",
}


def measured(program: str, *arguments: object) -> dict[str, float]:
    """What a program prints, run alone on one thread."""
    env = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", TIMED + PROGRAMS[program], *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env, cwd=ROOT)
    if done.returncode:
        raise SystemExit(f"{program}: {done.stderr.strip().splitlines()[-1]}")
    return json.loads(done.stdout.splitlines()[-1])


def models(folder: Path) -> dict[int, tuple[Path, Path]]:
    """GPTs of several depths, and what onnxruntime's basic level makes of each."""
    out: dict[int, tuple[Path, Path]] = {}
    for layers in LAYERS:
        place = folder / f"gpt{layers}"
        place.mkdir(parents=True, exist_ok=True)
        out[layers] = place / "gpt.onnx", place / "basic.onnx"
        if not out[layers][1].exists():
            measured("make", out[layers][0], layers, out[layers][1])
    return out


def main(folder: Path) -> int:
    made = models(folder)
    deep = made[LAYERS[-1]][0]
    size = sum(p.stat().st_size for p in (deep, deep.with_suffix(".data")))
    load, imported = measured("load", deep), measured("import", deep)
    ours, theirs = measured("run", deep), measured("onnxruntime", deep)
    aligned = {n: measured("align", *made[n]) for n in LAYERS}
    for n, found in aligned.items():
        assert found["verdict"] == "proved", f"{n} layers: {found['verdict']}"
    first, last = aligned[LAYERS[0]], aligned[LAYERS[-1]]
    ratios = {
        "import": imported["seconds"] / load["seconds"],
        "memory": imported["bytes"] / size,
        "evaluation": ours["seconds"] / theirs["seconds"],
        "block": first["seconds"],
        "growth": (last["seconds"] / first["seconds"]) / (last["nodes"] / first["nodes"]),
    }
    what = {
        "import": "import / (onnx.load + hashing)",
        "memory": "memory of the import / size of the file",
        "evaluation": "evaluation / onnxruntime, one thread",
        "block": "alignment of one block (s)",
        "growth": "growth of alignment / growth of nodes, 1 to 12 layers",
    }
    for name, ratio in ratios.items():
        print(f"{what[name]:55} {ratio:6.2f}   target {TARGETS[name]}")
    times = "  ".join(f"{n}: {found['seconds'] / found['nodes'] * 1e3:.1f}" for n, found in aligned.items())
    print(f"{'alignment, ms a node, by layers':55} {times}")
    return int(any(ratio > TARGETS[name] for name, ratio in ratios.items()))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.exit(main(Path(sys.argv[1])))
    with tempfile.TemporaryDirectory() as scratch:
        sys.exit(main(Path(scratch)))
