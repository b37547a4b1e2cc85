"""The bundled demo prices and the script that makes them; README.md tells where they come from."""
