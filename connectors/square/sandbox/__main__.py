"""Run the sandbox as a process of its own: python -m connectors.square.sandbox --port 0."""

from connectors.square.sandbox.server import SquareSandbox
from gateway.connect.testing.sandbox import main

if __name__ == "__main__":
    main(SquareSandbox)
