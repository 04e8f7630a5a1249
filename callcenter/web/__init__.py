"""The API, the live stream and the screens. Reads only; it cannot reach the PBX."""
