"""What every cloud's adapter is built from: rows, coverage, retries, actions with a way back. It knows no provider."""
