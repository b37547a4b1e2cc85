"""Make ``demo_channel.json``: a synthetic channel over the years of the demo prices.

``python -m track_record.data.make_demo_channel`` writes the file anew, the same each time. Nobody said any of
it: sentences, stocks and dates are drawn by a seeded generator that has never seen a price.
"""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

FILE = Path(__file__).with_name("demo_channel.json")
SEED, VIDEOS = 20_130_301, 72
FIRST, LAST = datetime(2000, 4, 3, tzinfo=UTC), datetime(2013, 2, 20, tzinfo=UTC)
LISTED = {
    "Apple": datetime(2000, 3, 1, tzinfo=UTC),
    "IBM": datetime(2000, 3, 1, tzinfo=UTC),
    "Microsoft": datetime(2000, 3, 1, tzinfo=UTC),
    "$GOOG": datetime(2004, 8, 19, tzinfo=UTC),
    "$FB": datetime(2012, 5, 18, tzinfo=UTC),
}
CALLS = {
    "buy": ["I bought {} this morning.", "I started buying {} this week."],
    "add": ["I am adding to my {} position today."],
    "hold": ["{} is a hold for me.", "I keep holding my {} shares."],
    "watch": ["I am watching {} closely."],
    "trim": ["I trimmed my {} position on Friday.", "I took some profits in {}."],
    "sell": ["I sold my {} shares, all of them."],
    "avoid": ["I would avoid {} here.", "I'm avoiding {} for now."],
    "mention": ["{} reported earnings last night, and I have no opinion on it."],
}
WEIGHTS = {"buy": 8, "add": 3, "hold": 3, "watch": 3, "trim": 2, "sell": 4, "avoid": 3, "mention": 3}
ASIDES = [
    "The weather is fine, and so is the coffee.",
    "I bought $SPY for my daughter, like every month.",
    "Thank you for all the letters.",
    "Nothing of this is advice.",
    "A reader asks about a coin that I have never heard of.",
]
UNSURE = {17, 41, 65}
"""Videos that also say something which nobody can be sure of, so that there is something to review."""
IN_DOUBT = "Maybe I will buy {} one day, maybe I will sell it."
HOURS = [(12, 30), (14, 5), (15, 40), (17, 12), (19, 47), (21, 30), (23, 55)]
"""UTC: before the open, in mid-session, after the close; some fall on weekends and holidays."""


def main() -> None:
    """Write the file."""
    draw = random.Random(SEED)  # noqa: S311 - made-up talk, no secret
    step = (LAST - FIRST) / VIDEOS
    videos = [_video(number, FIRST + number * step, draw) for number in range(VIDEOS)]
    channel = {"synthetic": True, "videos": videos}
    FILE.write_text(f"{json.dumps(channel, indent=1, ensure_ascii=False)}\n", "utf-8")


def _video(number: int, around: datetime, draw: random.Random) -> dict[str, str]:
    hour, minute = draw.choice(HOURS)
    when = (around + timedelta(days=draw.randrange(40))).replace(
        hour=hour, minute=minute, second=draw.randrange(60)
    )
    stocks = [name for name, since in LISTED.items() if since <= when]
    named = draw.sample(stocks, k=draw.choice([1, 1, 2, 2, 3]))
    said = [_call(name, draw) for name in named]
    lines = [f"Hello, this is talk number {number + 1} of a channel that does not exist.", *said]
    lines.insert(draw.randrange(1, len(lines) + 1), draw.choice(ASIDES))
    if number in UNSURE:
        lines.append(IN_DOUBT.format(next(name for name in stocks if name not in named)))
    names = " and ".join(name.lstrip("$") for name in named)
    return {
        "id": f"synthetic{number + 1:02d}",
        "title": f"Synthetic talk {number + 1}: {names}",
        "published_at": when.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "transcript": "\n".join(lines),
    }


def _call(name: str, draw: random.Random) -> str:
    (action,) = draw.choices(list(WEIGHTS), weights=list(WEIGHTS.values()))
    return draw.choice(CALLS[action]).format(name)


if __name__ == "__main__":
    main()
