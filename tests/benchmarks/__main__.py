"""``make bench``: all benchmarks, or those named."""

import sys

from tests.benchmarks import fuzz, history, load, memory, scale, storm, wire

BENCHMARKS = {
    module.__name__.rpartition(".")[2]: module.main
    for module in (wire, memory, scale, history, fuzz, load, storm)
}


def main() -> None:
    """Run the benchmarks named on the command line, or all."""
    wanted = sys.argv[1:] or list(BENCHMARKS)
    unknown = set(wanted) - set(BENCHMARKS)
    if unknown:
        sys.exit(f"no benchmark called {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    for name in wanted:
        BENCHMARKS[name]()


if __name__ == "__main__":
    main()
