"""The nouns: frozen values that every other room speaks in. No clock, no files, no dice."""
