"""Security: exposure, encryption, identity, logging."""
