"""``python -m recon_kit`` is ``recon-kit``."""

from recon_kit.cli import main

main()
