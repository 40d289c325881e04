"""The retail model: pure values and pure functions, standard library only."""
