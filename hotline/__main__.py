"""`hotline` on the command line."""

import sys

from hotline.cli import run_command


def main() -> None:
    """Run one command; what goes wrong is said in one plain line, and the exit code is not zero."""
    sys.exit(run_command(sys.argv[1:]))


if __name__ == "__main__":
    main()
