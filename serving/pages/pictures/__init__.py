"""Pictures of the pages: inline SVG with no script, each with a text that says what it shows."""
