"""What the commands do. Heavy imports stay inside functions: ``callcenter --help`` answers at once."""
