"""The outside: one folder per neighbour, with its own config, client, translate, read and write."""
