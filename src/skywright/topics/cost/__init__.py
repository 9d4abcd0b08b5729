"""Cost: waste, right-sizing, what things cost."""
