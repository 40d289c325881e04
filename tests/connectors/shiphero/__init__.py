"""The ShipHero connector and its sandbox."""
