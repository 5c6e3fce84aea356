"""`hotline call` and `hotline fallback`."""

import sys
from pathlib import Path

import click

from hotline.casework.lines import all_lines
from hotline.cli.installation import installation
from hotline.clock import system_clock
from hotline.errors import HotlineError, SettingsError
from hotline.phone import example_number
from hotline.settings import Settings, load_settings
