"""tierwise.yaml: text to frozen settings. An error names the file, the line, the key and the nearest valid one."""
