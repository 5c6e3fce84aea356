"""The commands. Each file holds one noun; heavy things are imported when a command runs, not to print its help."""

from hotline.cli.command import hotline, run_command

__all__ = ["hotline", "run_command"]
