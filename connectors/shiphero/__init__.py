"""ShipHero: a WMS's warehouses, its stock, and the work and shipments of orders."""
