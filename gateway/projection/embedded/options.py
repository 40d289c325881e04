"""The server's command line: every setting is here, none in the data folder."""

from pathlib import Path

from gateway.projection.embedded.binaries import Binaries
from gateway.projection.embedded.processes import Cluster
from gateway.projection.embedded.sockets import PORT

SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "idle_in_transaction_session_timeout": "60s",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "password_encryption": "scram-sha-256",
    "logging_collector": "off",
    "log_destination": "stderr",
}
FOR_TESTS = {
    # Nothing need outlive a crash,
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    # and whose transactions are under way is for the test to say.
    "autovacuum": "off",
}


def server_command(
    binaries: Binaries, cluster: Cluster, socket_folder: Path, *, durable: bool
) -> list[str | Path]:
    """How to run this cluster with its socket there; `durable=False` is for tests only."""
    settings = {
        "cluster_name": cluster.name,
        "unix_socket_directories": str(socket_folder),
        **SETTINGS,
        **({} if durable else FOR_TESTS),
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return [binaries.postgres, "-D", cluster.data, *options]
