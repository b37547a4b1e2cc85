"""The page in WebKitGTK, run in an environment of its own (tools/run_tests.py)."""
