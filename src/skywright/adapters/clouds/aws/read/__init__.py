"""Readers: AWS answers -> rows, one file a subject."""
