"""SQL engines."""
