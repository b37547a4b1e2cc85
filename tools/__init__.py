"""What the Makefile runs beside the app; nothing here is part of the product."""
