"""What rendering costs beside loading Hera, which it cannot do without: `idp.render --check` against `import hera.workflows`.

    python bench/render.py [--rounds 15] [--bound 1.5]

Each round runs one after the other, and the ratio is of neighbours, so that what else the machine does falls on both. CPU
time of the whole process, user and system.
"""

import argparse
import os
import statistics
import subprocess
import sys

COMMANDS = {"render --check": ("-m", "idp.render", "--check"), "import hera.workflows": ("-c", "import hera.workflows")}


def cpu_seconds(arguments: tuple[str, ...]) -> float:
    before = os.times()
    subprocess.run([sys.executable, *arguments], check=True)
    after = os.times()
    return after.children_user - before.children_user + after.children_system - before.children_system


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--bound", type=float, default=1.5, help="exit 1 where the median ratio is above it")
    options = parser.parse_args()

    for arguments in COMMANDS.values():  # the first run writes bytecode
        cpu_seconds(arguments)
    rounds = [[cpu_seconds(arguments) for arguments in COMMANDS.values()] for _ in range(options.rounds)]

    for name, seconds in zip(COMMANDS, zip(*rounds, strict=True), strict=True):
        print(f"{name:24} {statistics.median(seconds):.2f} s CPU (median), {min(seconds):.2f} to {max(seconds):.2f}")
    ratios = [render / loading for render, loading in rounds]
    ratio = statistics.median(ratios)
    print(
        f"ratio {ratio:.2f} (median of {options.rounds}), {min(ratios):.2f} to {max(ratios):.2f}; bound {options.bound}"
    )
    return int(ratio > options.bound)


if __name__ == "__main__":
    sys.exit(main())
