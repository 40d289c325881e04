"""Run the sandbox as a process of its own: python -m connectors.shiphero.sandbox --port 0."""

from connectors.shiphero.sandbox.server import ShipHeroSandbox
from gateway.connect.testing.sandbox import main

if __name__ == "__main__":
    main(ShipHeroSandbox)
