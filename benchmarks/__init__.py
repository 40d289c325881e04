"""Measures Trama beside a peer, in one run."""
