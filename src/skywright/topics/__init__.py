"""The library: knowledge about infrastructure, pure, one shelf per subject, strangers to each other."""
