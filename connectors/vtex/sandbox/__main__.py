"""Run the sandbox as a process of its own: python -m connectors.vtex.sandbox --port 0."""

from connectors.vtex.sandbox.server import VtexSandbox
from gateway.connect.testing.sandbox import main

if __name__ == "__main__":
    main(VtexSandbox)
