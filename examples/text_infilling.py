"""Find what stands between the beginning and the end of a sentence.

A masked-diffusion model of sentences is the prior, and a causal language model says how likely an
ending is after what stands before it. The posterior of the middle under both is learned by relative
trajectory balance, for one held-out sentence after another. Its draws are compared with the true
middle by BLEU (sacrebleu), next to those of

- the prior, which knows the beginning only;
- the prior, one of 64 by the likelihood of the ending.

    python examples/text_infilling.py                        # minutes on one processor
    python examples/text_infilling.py --preset smoke         # seconds
    python examples/text_infilling.py --text sentences.txt   # a sentence a line

Without a file the sentences are those of Python's own help pages.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

import tightrope as tr

try:
    import sacrebleu
except ImportError:
    sys.exit("This example needs sacrebleu: pip install 'tightrope[bleu]'")

SYMBOLS, LENGTH, GIVEN = 600, 16, 3

PRESETS: dict[str, dict[str, Any]] = {
    "smoke": {
        "sentences": 1, "draws": 8, "prior": 10, "posterior": 2, "language": 5, "width": 16,
    },
    "laptop": {
        "sentences": 4, "draws": 100, "prior": 6000, "posterior": 250, "language": 1500,
        "width": 64,
    },
    "paper": {
        "sentences": 100, "draws": 100, "prior": 200_000, "posterior": 1500, "language": 50_000,
        "width": 256,
    },
}  # fmt: skip


def sentences_of_python() -> list[str]:
    """Return the sentences of Python's help pages, of 8 to 16 words, rare words left out."""
    from pydoc_data.topics import topics

    text = " ".join(" ".join(page.split()) for page in topics.values())
    found = [re.findall(r"[a-z]+", sentence.lower()) for sentence in re.split(r"[.!?:;]\s+", text)]
    rows = [row for row in dict.fromkeys(map(tuple, found)) if 8 <= len(row) <= LENGTH]
    counts = Counter(word for row in rows for word in row)
    common = {word for word, _ in counts.most_common(SYMBOLS - 2)}
    return [" ".join(row) for row in rows if sum(word not in common for word in row) <= 1]


def chosen(rows: list[str], count: int, seed: int) -> list[list[str]]:
    """Return sentences that are held back, without rare words, in random order."""
    held = rows[len(rows) - min(len(rows) // 10, 1000) :]
    counts = Counter(word for row in rows for word in row.split())
    common = {word for word, _ in counts.most_common(SYMBOLS - 2)}
    whole = [row.split() for row in held if set(row.split()) <= common]
    whole = [row for row in whole if 2 * GIVEN + 2 <= len(row) <= LENGTH]
    order = np.random.default_rng(seed).permutation(len(whole))[:count]
    return [whole[index] for index in order]


def bleu(texts: list[str], truth: list[str]) -> float:
    """Return the mean BLEU of the middles of some texts, up to two words, from 0 to 1."""
    metric = sacrebleu.BLEU(effective_order=True, max_ngram_order=2)
    middles = [" ".join(text.split()[GIVEN:]) for text in texts]
    reference = " ".join(truth[GIVEN:-GIVEN])
    return float(np.mean([metric.sentence_score(m, [reference]).score for m in middles])) / 100


def main() -> None:
    """Train the prior, and for each sentence a posterior; write what came out."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--text", help="a file with a sentence a line")
    parser.add_argument("--preset", choices=list(PRESETS), default="laptop")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", default="runs/text-infilling")
    arguments = parser.parse_args()
    preset, folder = PRESETS[arguments.preset], Path(arguments.out) / arguments.preset
    folder.mkdir(parents=True, exist_ok=True)
    file = Path(arguments.text or folder / "sentences.txt")
    if not arguments.text:
        file.write_text("\n".join(sentences_of_python()) + "\n", encoding="utf-8")
    rows = file.read_text(encoding="utf-8").splitlines()
    text = {"data": str(file), "length": LENGTH, "symbols": SYMBOLS}
    optimizer = {"learning_rate": 2e-3, "schedule": "cosine"}
    tr.train(
        tr.densities.Texts(text={**text, "without_last": GIVEN}), method="denoising",
        steps=preset["prior"], batch_size=64, seed=arguments.seed, optimizer=optimizer,
        denoising={
            "kind": "masked", "steps": 16, "network": {"width": preset["width"], "layers": 2},
        },
        out=folder / "prior", resume=True,
    )  # fmt: skip
    language = {"width": preset["width"], "layers": 2, "steps": preset["language"]}
    table: dict[str, list[dict[str, float]]] = {}

    def note(name: str, bleu: float, likelihood: float) -> None:
        table.setdefault(name, []).append({"bleu": bleu, "log_likelihood": likelihood})

    for number, truth in enumerate(chosen(rows, preset["sentences"], arguments.seed)):
        ending = tr.densities.TextEnding(
            text=text, training=language, prefix=" ".join(truth[:GIVEN]),
            ending=" ".join(truth[-GIVEN:]),
        )  # fmt: skip

        def posterior(steps: int, name: str, ending: tr.Density = ending) -> tr.Run:
            return tr.train(
                ending, steps=steps, batch_size=64, seed=arguments.seed,
                objective="log-variance", optimizer={**optimizer, "clip_norm": 10.0},
                off_policy={"source": "prior", "every": 4},
                prior={"run": str(folder / "prior")}, out=folder / name, resume=True,
            )  # fmt: skip

        count = preset["draws"]
        prior = posterior(0, f"start-{number}").sample(64 * count, seed=1)
        weights = prior.log_density.reshape(count, 64)
        best = weights + np.random.default_rng(0).gumbel(size=weights.shape)
        kept = np.arange(count) * 64 + best.argmax(axis=1)
        own = posterior(preset["posterior"], f"rtb-{number}").sample(count, seed=1)
        print(f"\n{' '.join(truth[:GIVEN])} ... {' '.join(truth[-GIVEN:])}")
        print(f"  {'the true middle':20} {' '.join(truth[GIVEN:-GIVEN])}")
        for name, x, values in (
            ("prior", prior.x[:count], prior.log_density[:count]),
            ("prior, one of 64", prior.x[kept], prior.log_density[kept]),
            ("RTB", own.x, own.log_density),
        ):
            texts = ending.decode(x)
            note(name, bleu(texts, truth), float(values.mean()))
            print(f"  {name:20} {' '.join(texts[0].split()[GIVEN:])}", flush=True)
    print(f"\n{'':20} {'BLEU-2':>8} {'E[log r]':>9}")
    for name, found in table.items():
        means = {key: float(np.mean([row[key] for row in found])) for key in found[0]}
        print(f"{name:20} {means['bleu']:8.4f} {means['log_likelihood']:9.2f}")
    (folder / "table.json").write_text(json.dumps(table, indent=2) + "\n")


if __name__ == "__main__":
    main()
