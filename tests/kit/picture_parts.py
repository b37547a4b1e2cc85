"""Which parts of the page are pictured, and the changes that their pictures must notice; for every driver.

All of it is JavaScript for a page that shows a chart: no driver is named, so WebKitGTK's suite uses it too.
"""

from __future__ import annotations

# The demo's last four months: 82 daily candles, always the same.
DAILY = "?t=AAPL&r=D&from=2012-11-01&to=2013-03-01"
WIDTHS = {1920: 1080, 1280: 800, 768: 1024, 375: 667}

# Parts without a test id of their own get one; what is pictured never depends on a class in a test.
NAME_PARTS = """for (const [name, css] of Object.entries(
    {stage: '.stage', top: '.header', choices: '.toolbar', strip: '.strip', status: '.status',
     sources: '[id^=menu-source]'})) {
  const part = document.querySelector(css);
  if (part) part.dataset.testid = name;
}"""
# Ages are of today and tiers of what was asked before: the same in every picture, from the frame after next
# on, and the timer has nothing more to say.
FREEZE = """{
  const chart = window.chandlery.charts.get(1);
  if (chart && chart.message) chart.message.fetched_at = null;
  const age = document.querySelector('[data-testid="data-age"]');
  if (age && age.textContent) age.textContent = 'fetched 2 min ago';
  for (const span of (chart && chart.message && chart.message.spans) || []) {
    Object.assign(span, { tier: 'in-memory', fetched_at: new Date().setHours(14, 12) / 1000 });
  }
  if (chart && chart.bars) chart.view.invalidate();
  const origin = document.querySelector('.origin');
  if (origin) {
    const said = origin.textContent;
    origin.textContent = said.replace(/from .* · fetched [^·]*/, 'from memory · fetched 14:12 ');
    origin.style.setProperty('--strength', 1);
  }
}"""
# True when nothing is on its way and nothing moves.
AT_REST = """(() => {
  const chart = window.chandlery && window.chandlery.charts && window.chandlery.charts.get(1);
  if (!chart || !chart.bars || chart.view.gliding || chart.card.dataset.state !== 'ready') return false;
  const {range} = document.querySelector('.js-plotly-plot')._fullLayout.xaxis;
  return range.every((edge, i) => Math.abs(edge - chart.view.range[i]) < 1e-9);
})()"""

_CANDLES = "[...document.querySelectorAll('.boxlayer path.box')]"
_TALLEST = f"""const tallest = {_CANDLES}.reduce((a, b) => {{
  const [p, q] = [a, b].map((path) => path.getBoundingClientRect());
  return p.width * p.height >= q.width * q.height ? a : b;
}});"""
# What a picture of the stage must notice.
RECOLOURED = f"{_TALLEST} tallest.style.fill = '#888'; tallest.style.stroke = '#888';"
MISPLACED = "document.querySelector('.stage .graph').style.transform = 'translate(1px, 0)';"
NO_LAST_PRICE = """{
  const canvas = document.querySelector('canvas.over');
  canvas.getContext('2d').clearRect(0, 0, canvas.width, canvas.height);
}"""
# The price axis' labels: those of one third of its height.
NO_PRICE_LABELS = """{
  const canvas = document.querySelector('canvas.under');
  canvas.getContext('2d').clearRect(canvas.width - 50, 0, 50, canvas.height / 3);
}"""
# What stands at the foot of the price pane, and what lies between the plot and the time axis.
NO_MARKS = """{
  const canvas = document.querySelector('canvas.over');
  canvas.getContext('2d').clearRect(0, canvas.height / 2, canvas.width, canvas.height / 2);
}"""
NO_RIBBON = """{
  const canvas = document.querySelector('canvas.under');
  canvas.getContext('2d').clearRect(0, canvas.height - 29, canvas.width, 4);
}"""
NO_TIME_LABELS = """{
  const canvas = document.querySelector('canvas.under');
  canvas.getContext('2d').clearRect(0, canvas.height - 24, canvas.width / 2, 24);
}"""


def worded(testid: str, text: str) -> str:
    """Return the change of a part's words."""
    return f"document.querySelector('[data-testid=\"{testid}\"]').textContent = '{text}';"


def gone(css: str) -> str:
    """Return the change that takes a part away and leaves its place."""
    return f"document.querySelector('{css}').style.visibility = 'hidden';"
