"""PostgreSQL and DynamoDB on this machine, without Docker and without installing a service.

`throwaway_server` is for tests and the demo: fast, gone when the block ends. `LocalDatabase` is
the one that stays: durable, started and stopped by hand. Both listen on a Unix socket in a folder
that only their own account can enter.
"""

from recon_kit.local.binaries import find_binaries
from recon_kit.local.dynamodb import local_dynamodb
from recon_kit.local.kept import LocalDatabase
from recon_kit.local.server import Server
from recon_kit.local.throwaway import throwaway_server

__all__ = ["LocalDatabase", "Server", "find_binaries", "local_dynamodb", "throwaway_server"]
