"""recon-kit: derived bitcoin calculations that provably agree with their source."""

__version__ = "0.1.0"
