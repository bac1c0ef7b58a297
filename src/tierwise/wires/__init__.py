"""One file per public API shape. For now they parse requests; rendering and streams come with the gateway."""
