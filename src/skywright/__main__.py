"""Entry point. ``--version`` answers before anything else is imported."""

import os
import sys


def main() -> None:
    """Run the command line; exit codes: 0 clean, 2 error, 3 findings at or above the asked severity."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from skywright import __version__

        sys.stdout.write(f"skywright {__version__}\n")
        return
    # Our matrices are small: threads that wait for one another cost more than twenty times what one thread does.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from skywright.doors.cli.root import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
