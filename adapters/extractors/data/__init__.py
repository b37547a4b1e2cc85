"""Words that the extractors know; README.md says where they come from."""
