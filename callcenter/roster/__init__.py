"""Who is on duty: people, shifts, changes to them, and what may be said of any instant. Pure."""
