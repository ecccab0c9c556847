"""Importers: files of other systems to graphs."""
