"""VTEX: a marketplace's orders by feed and hook, its published stock and its warehouses."""
