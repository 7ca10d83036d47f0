"""`python -m logitlint`."""

from .cli import main

main(prog_name="logitlint")
