"""Rehearsals: a scripted year played over HTTP on a private server with its own database and clock."""
