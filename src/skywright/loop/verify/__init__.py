"""Run -> proof: every target is read again and compared with what was promised."""
