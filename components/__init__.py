"""Pure functions: data in, Dash components, figure dicts or messages for the browser out."""
