"""``python -m leadquality`` is the command itself."""

from leadquality.cli import main

main()
