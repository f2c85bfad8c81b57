"""Once imported, the migrations are parsed: what is forked from here need not do it again."""

from recon_kit.steps import known_migrations

known_migrations()
