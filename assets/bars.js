/**
 * The candles that a chart holds: columns decoded from the server's message, with their place on the axis.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const ARRAYS = {
    u1: Uint8Array,
    i1: Int8Array,
    u2: Uint16Array,
    i2: Int16Array,
    u4: Uint32Array,
    i4: Int32Array,
    f4: Float32Array,
    f8: Float64Array,
  };

  /** @param {{dtype: string, bdata: string}} column URL-safe base64 of little-endian values */
  function decode(column) {
    const text = atob(column.bdata.replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i += 1) bytes[i] = text.charCodeAt(i);
    return new ARRAYS[column.dtype](bytes.buffer);
  }

  /** Running sum of a column, begun with ``first``; what it stands for is told by ``value``. */
  function summed(steps, first, value) {
    let sum = first;
    return Float64Array.from(steps, (step) => value((sum += step)));
  }

  /** Open, high, low and close (see components/bars.py): one row after the other, as differences in ticks or plain. */
  function priceRows(column, n) {
    const values = decode(column);
    const rows = [0, 1, 2, 3].map((row) => values.subarray(row * n, (row + 1) * n));
    return column.ticks ? rows.map((row) => summed(row, column.base, (ticks) => ticks / column.ticks)) : rows;
  }

  /**
   * Columns of a message: t (UTC seconds), x (trading-time axis), o h l c v.
   * @param {object} message @param {object} axis
   */
  function create(message, axis) {
    const { lowerBound } = window.chandlery.axis;
    const { n, slot } = message;
    const t = summed(decode(message.t), 0, (steps) => message.t0 + steps * message.t.step);
    const x = t.map((time) => axis.barX(time, message.resolution));
    const [o, h, l, c] = priceRows(message.p, n);
    const bars = { n, t, x, o, h, l, c, v: decode(message.v), slot };

    /** Indices [first, after) of the bars whose centres lie in a window. */
    bars.within = (low, high) => [lowerBound(x, low), lowerBound(x, high + 1e-9)];

    /** Index of the bar whose centre is nearest to x, -1 when there is none within most of a slot. */
    bars.nearest = (at) => {
      const i = lowerBound(x, at);
      const best = i > 0 && (i === n || at - x[i - 1] < x[i] - at) ? i - 1 : i;
      return best < n && Math.abs(x[best] - at) <= bars.slot * 0.75 ? best : -1;
    };

    /** Price and volume extent of a window: [low, high, most volume], or null when no bar is in it. */
    bars.extent = (low, high) => {
      const [first, after] = bars.within(low, high);
      if (first >= after) return null;
      let bottom = Infinity;
      let top = -Infinity;
      let most = 0;
      for (let i = first; i < after; i += 1) {
        if (bars.l[i] < bottom) bottom = bars.l[i];
        if (bars.h[i] > top) top = bars.h[i];
        if (bars.v[i] > most) most = bars.v[i];
      }
      return [bottom, top, most];
    };
    return bars;
  }

  window.chandlery.bars = { create };
})();
