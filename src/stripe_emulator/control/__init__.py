"""The emulator's own calls over HTTP, for any language: /health and /_emulator/…."""
