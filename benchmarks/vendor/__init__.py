"""A vendor that does not exist: the benchmarks' sources, and the connector that reads them."""
