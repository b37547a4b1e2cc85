"""Put the alarms of docs/operations.md: ``python -m tools.alarms prod --warning ARN --page ARN``."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from metrics.alarms import ALARMS, Topic
from metrics.cloudwatch import parameters

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str]) -> int:
    """Put every alarm, or with ``--dry-run`` print what would be put; return an exit code."""
    options = _parser().parse_args(arguments)
    told = {Topic.WARNING: options.warning, Topic.PAGE: options.page}
    wanted = [parameters(alarm, options.environment, told) for alarm in ALARMS]
    if options.dry_run:
        print(json.dumps(wanted, indent=2))
        return 0
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        client = boto3.client("cloudwatch", region_name=options.region)
        for alarm in wanted:
            client.put_metric_alarm(**alarm)
            print(f"{alarm['AlarmName']} is set")
    except (BotoCoreError, ClientError) as error:
        print(f"The alarms were not all set: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("environment", help="ENVIRONMENT of the app that is watched")
    parser.add_argument("--warning", required=True, metavar="ARN", help="SNS topic for the day")
    parser.add_argument("--page", required=True, metavar="ARN", help="SNS topic for whoever is on duty")
    parser.add_argument("--region", default=None, help="AWS region; your own default otherwise")
    parser.add_argument("--dry-run", action="store_true", help="print the alarms, set none")
    return parser


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
