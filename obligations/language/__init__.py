"""The contract language: grammar, parser, elaborator, diagnostics."""
