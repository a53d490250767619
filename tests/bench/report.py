#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `bench` has measured, as a table, as a plot, and as the parts of the README files that say it.

Usage: tests/bench/report.py [--check]    bench.json and vm.json of this folder → bench.svg, README.md and its own
README.md, between the lines that name this file. With --check nothing is written: what would change is told.
"""
import json
import os
import re
import statistics
import sys
from xml.sax.saxutils import escape

HERE = os.path.dirname(os.path.realpath(__file__))
TREE = os.path.dirname(os.path.dirname(HERE))
NAMES = ("floor", "mcrun", "mcrun-dynamic", "crun", "runc")
UNITS = (("private memory", "KB"), ("smallest memory", "KB"), ("system calls", ""), ("", "ms"))
# Operations, runtime, what it may be: so many times of another one, or as it stands. With others alive: so many times of
# what it is without them, where the floor takes the same. Minutes lie in between, and the host's clock is not steady.
TARGETS = (
    (r"run (def|heavy)", "mcrun", "crun", 0.45),
    (r"run (def|heavy)", "mcrun", "floor", 1.35),
    (r"run (def|heavy)", "mcrun-dynamic", "crun", 0.60),
    (r"run def, after .*", "mcrun", "crun", 0.25),
    (r"create|start|delete", "mcrun", "crun", 0.50),
    (r"exec|state|kill|list of .*", "mcrun", "crun", 0.40),
    (r"delete --force", "mcrun", "crun", 0.15),
    (r"\d+ containers by .*", "mcrun", "crun", 0.50),
    (r"run def, \d+ alive", "mcrun", "1 alive", 1.10),
    (r"private memory.*|system calls.*", "mcrun", "", 300),
    (r"smallest memory.*", "mcrun", "", 256),
)


def unit(operation):
    return next(u for prefix, u in UNITS if operation.startswith(prefix))


def medians(document):
    return {o: {r: statistics.median(v) for r, v in by.items()} for o, by in document["values"].items()}


def number(value, of="ms"):
    if of != "ms" or value >= 100:
        return f"{value:.0f}"
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"


def ratio(by, name, to):
    return by[name] / by[to] if name in by and by.get(to) else None


def verdicts(median, operation):
    """(runtime, target in words, how many times too large) for each target of an operation."""
    by, found = median[operation], []
    for pattern, name, to, factor in TARGETS:
        if not re.fullmatch(pattern, operation) or name not in by:
            continue
        base = by.get(to) if to else 1
        if to == "1 alive":
            alone = median.get("run def, 1 alive", {})
            base = alone[name] * by["floor"] / alone["floor"] if by is not alone and "floor" in alone else None
        if base:
            words = f"{factor:.2f} × {to}" if to else f"{factor} {unit(operation)}".strip()
            found.append((name, words, by[name] / (factor * base)))
    return found


def print_table(document):
    """Everything, for a terminal."""
    base = "crun" if "crun" in document["runtimes"] else "runc"
    print(f"{'':<38} {'runtime':<14} {'min':>8} {'median':>8} {'max':>8}  {'x ' + base:>8} {'x floor':>8}")
    median = medians(document)
    for operation, values in document["values"].items():
        by = median[operation]
        for i, name in enumerate(values):
            ratios = [f"{x:8.2f}" if (x := ratio(by, name, to)) else " " * 8 for to in (base, "floor")]
            print(f"{operation if i == 0 else '':<38} {name:<14} {min(values[name]):8.2f} {by[name]:8.2f} "
                  f"{max(values[name]):8.2f}  {' '.join(ratios)}")
        for name, words, times in verdicts(median, operation):
            verdict = f"missed by {100 * times - 100:.0f} %" if times > 1 else "met"
            print(f"{'':<38} {name}: at most {words}: {verdict}")


def write(document, out):
    """bench.json, a line for each list of values, and bench.svg."""
    text = json.dumps(document, indent=1)
    text = re.sub(r"\[[^][{}]*\]", lambda m: re.sub(r"\s+", " ", m[0]), text)
    with open(f"{out}/bench.json", "w", encoding="utf-8") as f:
        f.write(text + "\n")
    with open(f"{out}/bench.svg", "w", encoding="utf-8") as f:
        f.write(plot(document))


# --- the plot --------------------------------------------------------------------------------------------------------

COLOURS = {"floor": "#9aa0a6", "mcrun": "#1a73e8", "mcrun-dynamic": "#8ab4f8", "crun": "#e8710a", "runc": "#c5221f"}
ROW, BAR, HEAD, LEFT, SHARE, FULL, COLUMN = 13, 10, 17, 92, 170, 300, 450
TOP = 8


def bars(operation, by, x, y):
    """One operation: crun is SHARE long; what would be longer than FULL is cut, the number says how long it is."""
    scale = SHARE / by["crun"] if by.get("crun") else FULL / max(by.values())
    out = [f'<text x="{x + LEFT}" y="{y + 11}" font-weight="bold">{escape(operation)}</text>']
    y += HEAD
    for name in (n for n in NAMES if n in by):
        length = max(1, min(FULL, by[name] * scale))
        gap = f'<path d="M{x + LEFT + FULL - 14} {y + BAR}l5 -{BAR}h4l-5 {BAR}z" fill="white"/>'
        cut = gap if by[name] * scale > FULL else ""
        end = x + LEFT + length + 4
        out.append(f'<text x="{x + LEFT - 5}" y="{y + 9}" text-anchor="end">{name}</text><rect x="{x + LEFT}" y="{y}" '
                   f'width="{length:.0f}" height="{BAR}" fill="{COLOURS[name]}"/>{cut}'
                   f'<text x="{end:.0f}" y="{y + 9}">{number(by[name])}</text>')
        y += ROW
    return "\n".join(out), y + 6


def plot(document):
    shown = {o: by for o, by in medians(document).items() if unit(o) == "ms" and "alive" not in o}
    heights = [HEAD + 6 + ROW * sum(n in by for n in NAMES) for by in shown.values()]
    out, x, y, bottom = [], 0, TOP, 0
    for i, (operation, by) in enumerate(shown.items()):
        text, y = bars(operation, by, x, y)
        out.append(text)
        bottom = max(bottom, y)
        if x == 0 and sum(heights[:i + 1]) >= sum(heights) / 2:
            x, y = COLUMN, TOP
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{2 * COLUMN}" height="{bottom + 20}" '
            f'font-family="sans-serif" font-size="10"><rect width="100%" height="100%" fill="white"/>\n'
            + "\n".join(out) + f'\n<text x="{LEFT}" y="{bottom + 10}" fill="#5f6368">medians in milliseconds, on '
            f'scales where crun is as long as everywhere; {escape(about(document))}</text>\n</svg>\n')


# --- the README files ------------------------------------------------------------------------------------------------

def about(document):
    host, runtimes = document["host"], document["runtimes"]
    words = [f"Linux {host['kernel']}", f"{host['processors']} processors"] + [host["note"]] * bool(host["note"])
    return ", ".join(words + [runtimes[n]["version"] for n in ("crun", "runc") if n in runtimes])


def table(document):
    """As Markdown: medians, ratios, targets."""
    median = medians(document)
    names = [n for n in NAMES if any(n in by for by in median.values())]
    rows = [["", *names, "× floor", "× crun", "× runc", "target"], ["---", *["---:"] * (len(names) + 3), "---"]]
    for operation, by in median.items():
        of = unit(operation)
        said = []
        # On an emulated processor times say nothing of targets.
        judged = [] if of == "ms" and document["host"]["note"].startswith("emulated") else verdicts(median, operation)
        for name, words, times in judged:
            who = "" if name == "mcrun" else f"{name} "
            said.append(f"{who}{words}" + (f": **missed by {100 * times - 100:.0f} %**" if times > 1 else ": met"))
        ratios = [f"{x:.2f}" if (x := ratio(by, "mcrun", to)) else "" for to in ("floor", "crun", "runc")]
        rows.append([operation + f" ({of})" * (of == "KB"), *[number(by[n], of) if n in by else "" for n in names],
                     *ratios, "; ".join(said)])
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    how = ", ".join(f"{n} {r['linked']}" for n, r in document["runtimes"].items() if n.startswith("mcrun"))
    return "\n".join([f"Medians of {document['rounds']} rounds, in ms where nothing else is said; {about(document)}; "
                      f"{how}.", "", *lines])


def short(document):
    """For the first page: one sentence and the plot."""
    by = medians(document)["run heavy"]
    others = ", ".join(f"{document['runtimes'][n]['version']} {number(by[n])}" for n in ("crun", "runc") if n in by)
    return (f"A container with Podman's seccomp profile is made, run and removed in **{number(by['mcrun'])} ms** "
            f"(static, with musl);\n{others}; {number(by['floor'])} is the kernel's own part "
            f"([what was measured, where mcrun misses its targets](tests/bench/README.md)).\n\n"
            f"![mcrun against crun, runc and the kernel's own time](tests/bench/bench.svg)")


def between(text, name, new):
    """`text` with `new` between the lines that say so."""
    mark = re.compile(rf"(<!-- {re.escape(name)}: made by tests/bench/report\.py -->\n).*?(<!-- end -->)", re.S)
    if not mark.search(text):
        raise ValueError(f"no place for {name}")
    return mark.sub(lambda m: f"{m[1]}{new}\n{m[2]}", text)


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def files():
    """Every file that is made, with what it is to be."""
    native, machine = (json.loads(read(f"{HERE}/{name}.json")) for name in ("bench", "vm"))
    page = between(read(f"{HERE}/README.md"), "native", table(native))
    return {f"{HERE}/bench.svg": plot(native),
            f"{HERE}/README.md": between(page, "machine", table(machine)),
            f"{TREE}/README.md": between(read(f"{TREE}/README.md"), "bench", short(native))}


def main():
    if sys.argv[1:] not in ([], ["--check"]):
        sys.exit(__doc__)
    for path, text in files().items():
        if not os.path.exists(path) or read(path) != text:
            name = os.path.relpath(path, TREE)
            if sys.argv[1:]:
                print(f"{name}: not as the figures have it: tests/bench/report.py writes it")
                continue
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
            print(f"{name}: written")


if __name__ == "__main__":
    main()
