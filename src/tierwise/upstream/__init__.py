"""The one door to models: a request goes out, an answer comes back in pieces. A transport is a variant behind it."""
