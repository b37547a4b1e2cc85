"""Work in the background: one process of all leads, and does what is due."""
