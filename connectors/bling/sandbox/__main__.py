"""Run the sandbox as a process of its own: python -m connectors.bling.sandbox --port 0."""

from connectors.bling.sandbox.server import BlingSandbox
from gateway.connect.testing.sandbox import main

if __name__ == "__main__":
    main(BlingSandbox)
