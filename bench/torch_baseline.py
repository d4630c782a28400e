"""PyTorch on the GPU machine, for orientation: the bench's model, weights and batches in eager f32, compiled f32 and
bf16 autocast, and f32 matmul through cuBLAS (TF32 off). Prints JSON lines as run.mjs does. Needs torch and numpy only.

usage: python3 bench/torch_baseline.py [--device cuda|cpu] [--what all|train|matmul] [--steps 30] [--sizes small,large]
"""

import argparse
import json
import math
import statistics
import time

import numpy as np
import torch
import torch.nn.functional as F

SHAPES = {
    "small": dict(vocabulary=65, block=64, width=64, heads=4, layers=4, batch=8),
    "large": dict(vocabulary=65, block=256, width=384, heads=6, layers=6, batch=64),
}
SEED = 1


def threefry(key0, key1, counter0, counter1):
    """src/core/rng.ts's threefry2x32 over arrays: uint64 masked to 32 bits."""
    mask = np.uint64(0xFFFFFFFF)
    keys = [np.uint64(k & 0xFFFFFFFF) for k in (key0, key1, 0x1BD11BDA ^ key0 ^ key1)]
    x0 = (np.asarray(counter0, np.uint64) + keys[0]) & mask
    x1 = (np.asarray(counter1, np.uint64) + keys[1]) & mask
    for i in range(20):
        r = np.uint64((13, 15, 26, 6, 17, 29, 16, 24)[i % 8])
        x0 = (x0 + x1) & mask
        x1 = ((x1 << r) | (x1 >> (np.uint64(32) - r))) & mask
        x1 = x1 ^ x0
        if i % 4 == 3:
            n = (i + 1) // 4
            x0 = (x0 + keys[n % 3]) & mask
            x1 = (x1 + keys[(n + 1) % 3] + np.uint64(n)) & mask
    return x0, x1


def hash_name(name):
    value = 0x811C9DC5
    for byte in name.encode():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def normal(name, shape, std):
    count = math.prod(shape)
    pairs = np.arange((count + 1) // 2, dtype=np.uint64)
    a, b = threefry(SEED, hash_name(name), pairs, np.zeros_like(pairs))
    unit = lambda word: (word >> np.uint64(8)).astype(np.float64) * 2.0**-24
    radius = np.sqrt(-2 * np.log(1 - unit(a))) * std
    angle = 2 * np.pi * unit(b)
    values = np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1).reshape(-1)[:count]
    return torch.tensor(values.astype(np.float32).reshape(shape))


def batch_of(s, step):
    rows = np.arange(s["batch"], dtype=np.uint64)[:, None] * np.uint64(65536)
    counters = rows + np.arange(s["block"] + 1, dtype=np.uint64)[None, :]
    word, _ = threefry(SEED, hash_name("bench.batch"), counters, np.full_like(counters, step))
    tokens = torch.tensor((word % np.uint64(s["vocabulary"])).astype(np.int64))
    return tokens[:, :-1].contiguous(), tokens[:, 1:].contiguous()


class Model(torch.nn.Module):
    """GPT-2 with transformers' names and Conv1D layout; `p` maps a name to its tensor."""

    def __init__(self, s):
        super().__init__()
        self.s = s
        c, residual = s["width"], 0.02 / math.sqrt(2 * s["layers"])
        found = {}
        found["transformer.wte.weight"] = normal("transformer.wte.weight", (s["vocabulary"], c), 0.02)
        found["transformer.wpe.weight"] = normal("transformer.wpe.weight", (s["block"], c), 0.02)
        for layer in range(s["layers"]):
            at = f"transformer.h.{layer}."
            for ln in ("ln_1", "ln_2"):
                found[f"{at}{ln}.weight"], found[f"{at}{ln}.bias"] = torch.ones(c), torch.zeros(c)
            for name, shape, std in (
                ("attn.c_attn", (c, 3 * c), 0.02),
                ("attn.c_proj", (c, c), residual),
                ("mlp.c_fc", (c, 4 * c), 0.02),
                ("mlp.c_proj", (4 * c, c), residual),
            ):
                found[f"{at}{name}.weight"] = normal(f"{at}{name}.weight", shape, std)
                found[f"{at}{name}.bias"] = torch.zeros(shape[1])
        found["transformer.ln_f.weight"], found["transformer.ln_f.bias"] = torch.ones(c), torch.zeros(c)
        self.p = torch.nn.ParameterDict({name.replace(".", "/"): torch.nn.Parameter(t) for name, t in found.items()})

    def at(self, name):
        return self.p["transformer/" + name.replace(".", "/")]

    def forward(self, inputs, targets):
        s, at = self.s, self.at
        B, T, C, H = s["batch"], s["block"], s["width"], s["heads"]
        norm = lambda x, n: F.layer_norm(x, (C,), at(n + ".weight"), at(n + ".bias"), 1e-5)
        linear = lambda x, n: torch.matmul(x, at(n + ".weight")) + at(n + ".bias")
        x = F.embedding(inputs, at("wte.weight")) + at("wpe.weight")
        for layer in range(s["layers"]):
            h = f"h.{layer}."
            q, k, v = (t.view(B, T, H, C // H).transpose(1, 2) for t in linear(norm(x, h + "ln_1"), h + "attn.c_attn").split(C, 2))
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(B, T, C)
            x = x + linear(y, h + "attn.c_proj")
            x = x + linear(F.gelu(linear(norm(x, h + "ln_2"), h + "mlp.c_fc"), approximate="tanh"), h + "mlp.c_proj")
        logits = torch.matmul(norm(x, "ln_f"), at("wte.weight").t())
        return F.cross_entropy(logits.view(-1, s["vocabulary"]), targets.view(-1))


def spread(samples):
    ordered = sorted(samples)
    pick = lambda q: ordered[round((len(ordered) - 1) * q)]
    return dict(medianMs=statistics.median(ordered), lowMs=pick(0.1), highMs=pick(0.9), samples=len(ordered))


def train(size, mode, device, steps):
    s = SHAPES[size]
    torch._dynamo.reset()
    model = Model(s).to(device)
    decay = [t for t in model.parameters() if t.dim() >= 2]
    rest = [t for t in model.parameters() if t.dim() < 2]
    optimizer = torch.optim.AdamW(
        [dict(params=decay, weight_decay=0.1), dict(params=rest, weight_decay=0.0)],
        lr=1e-3, betas=(0.9, 0.95), eps=1e-8, fused=device == "cuda",
    )
    run = torch.compile(model) if mode == "compiled" else model
    batches = [tuple(t.to(device) for t in batch_of(s, step)) for step in range(steps + 5)]
    losses, times = [], []
    for x, y in batches:
        start = time.perf_counter()
        with torch.autocast(device, torch.bfloat16, enabled=mode == "bf16"):
            loss = run(x, y)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if device == "cuda":
            torch.cuda.synchronize()
        times.append((time.perf_counter() - start) * 1e3)
    found = spread(times[5:])
    tokens = s["batch"] * s["block"]
    checksum = sum(float((t.detach().double() ** 2).sum()) for t in model.parameters())
    return dict(bench=f"train.{size}", **found, rate=tokens / found["medianMs"] * 1e3, unit="tokens/s",
                firstLoss=losses[0], losses=losses[:8], checksum=checksum)


def matmul(n, device):
    a = normal("bench.matmul.a", (n, n), 1.0).to(device)
    b = normal("bench.matmul.b", (n, n), 1 / math.sqrt(n)).to(device)
    chain = max(4, min(64, round(5e11 / n**3))) if device == "cuda" else 2
    times = []
    for _ in range(13):
        start = time.perf_counter()
        x = a
        for _ in range(chain):
            x = x @ b
        x[-1].cpu()
        times.append((time.perf_counter() - start) * 1e3 / chain)
    found = spread(times[3:])
    return dict(bench=f"matmul.{n}", **found, rate=2 * n**3 / found["medianMs"] / 1e6, unit="GFLOP/s")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--what", choices=("all", "train", "matmul"), default="all")
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--sizes", default="small,large")
    parser.add_argument("--modes", default="f32,compiled,bf16")
    parser.add_argument("--matmul", default="1024,4096")
    options = parser.parse_args()
    # Full f32: no TF32 anywhere.
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cudnn.allow_tf32 = False
    where = torch.cuda.get_device_name() if options.device == "cuda" else "CPU"

    def emit(row, title):
        print(json.dumps(dict(event="bench", engine="torch", title=f"PyTorch {torch.__version__} {title}", adapter=where, **row)), flush=True)

    ok = True
    first = {}
    if options.what != "train":
        for n in map(int, options.matmul.split(",")):
            emit(matmul(n, options.device), "f32")
    if options.what != "matmul":
        for size in options.sizes.split(","):
            for mode in options.modes.split(","):
                try:
                    row = train(size, mode, options.device, options.steps)
                except Exception as error:  # one mode that fails must not cost the others
                    ok = False
                    print(json.dumps(dict(event="bench", engine="torch", bench=f"train.{size}", title=mode, error=str(error)[:300])), flush=True)
                    continue
                emit(row, mode)
                right = first.setdefault(size, row["firstLoss"])
                apart, room = abs(row["firstLoss"] - right) / right, 5e-3 if mode == "bf16" else 1e-5
                ok = ok and apart <= room
                print(json.dumps(dict(event="check", check=f"loss.torch.{size}.{mode}", maxError=apart, tolerance=room, ok=apart <= room)), flush=True)
    print(json.dumps(dict(event="done", ok=ok)))
    return 0 if ok else 1


if __name__ == "__main__":
    raise SystemExit(main())
