"""What a host's commands write -> values. Every parser is pure, and raises ValueError for what it does not understand."""
