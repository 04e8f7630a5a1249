"""``make bench``: all benchmarks, or those named."""

import sys

from tests.benchmarks import history, memory, scale, wire

BENCHMARKS = {"wire": wire.main, "memory": memory.main, "scale": scale.main, "history": history.main}


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
