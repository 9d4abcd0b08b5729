"""Doors: thin. They call the loop and show model types."""
