"""Metrics of all processes of one host: for Prometheus, for CloudWatch, for alarms and for plots.

It knows nothing of what is counted: names and values come from outside. Promise: nothing in here can fail a
request. A folder that cannot be written to, a file that is damaged or a closed standard output costs metrics.
"""
