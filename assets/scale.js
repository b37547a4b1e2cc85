/**
 * The price scale: prices to heights and back, the window that fits some prices, and the ticks beside it.
 * Linear or logarithmic; a logarithmic one that would have to hold zero or less is linear.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const PITCH_PX = 44; // ticks are at least so far apart
  const PADDING = 0.06; // of the extent, at either side
  const FLAT = 0.01; // of the price, at either side, where there is no extent
  const MOST_TICKS = 500; // against a height that makes no sense
  const VOLUME_PX = 28; // a label of the volume axis takes so much
  const VOLUME_TOP = 0.95; // of the most: higher up a label would be cut
  const EPSILON = 1e-9;
  const FINEST = 1e-12; // of a price: below, a window is narrower than its numbers can tell

  const MANTISSAS = [1, 2, 2.5, 5];
  /** Stretches of a decade, in each of which logarithmic ticks have one step. */
  const STRETCHES = [[1, 2], [2, 5], [5, 10]]; // prettier-ignore

  /**
   * A linear scale: 0 at low, 1 at high, and beyond for prices outside.
   * @param {number} low @param {number} high
   */
  function linear(low, high) {
    const span = high - low || 1;
    return { toUnit: (price) => (price - low) / span, fromUnit: (u) => low + u * span };
  }

  /** A logarithmic scale; linear where an edge is zero or less. @param {number} low @param {number} high */
  function log(low, high) {
    if (!(low > 0 && high > 0)) return linear(low, high);
    const base = Math.log(low);
    const span = Math.log(high) - base || 1;
    return {
      // What has no logarithm lies far below, at a finite place that can still be drawn to.
      toUnit: (price) => (Math.log(Math.max(price, Number.MIN_VALUE)) - base) / span,
      fromUnit: (u) => Math.exp(base + u * span),
    };
  }

  /**
   * The window that shows an extent with room above and below.
   * @param {number[]} extent [lowest, highest]; null or without numbers gives [0, 1]
   * @param {{log?: boolean, padding?: number}} [options]
   * @returns {number[]} [low, high], low < high; never below zero for prices above it
   */
  function fit(extent, { log: logarithmic = false, padding = PADDING } = {}) {
    if (!extent || !Number.isFinite(extent[0]) || !Number.isFinite(extent[1])) return [0, 1];
    const bottom = Math.min(extent[0], extent[1]);
    const top = Math.max(extent[0], extent[1]);
    if (logarithmic && bottom > 0) {
      const room = top > bottom ? (top / bottom) ** padding : 1 + FLAT;
      return [bottom / room, top * room];
    }
    const room = top > bottom ? (top - bottom) * padding : Math.abs(top) * FLAT || 1;
    return [bottom > 0 ? Math.max(bottom - room, 0) : bottom - room, top + room];
  }

  /** Decimals that a step of mantissa * 10^exponent needs to be told apart. */
  function decimalsOf(mantissa, exponent) {
    const needed = Math.max(0, (mantissa === 2.5 ? 1 : 0) - exponent);
    return needed === 0 ? 0 : Math.max(needed, 2); // prices have no single decimal
  }

  /** The smallest nice step that is at least so large: [step, decimals]. */
  function niceStep(least, mantissas = MANTISSAS) {
    for (let exponent = Math.floor(Math.log10(least) + EPSILON); ; exponent += 1) {
      for (const mantissa of mantissas) {
        const step = mantissa * 10 ** exponent;
        const odd = mantissa === 2.5 && exponent === 0; // 450, 452.50: whole numbers with halves between
        if (step >= least * (1 - EPSILON) && !odd) return [step, decimalsOf(mantissa, exponent)];
      }
    }
  }

  function linearValues(low, high, height) {
    const [step, decimals] = niceStep(((high - low) * PITCH_PX) / height);
    const values = [];
    const last = Math.floor(high / step + EPSILON);
    for (let k = Math.ceil(low / step - EPSILON); k <= last && values.length < MOST_TICKS; k += 1) {
      values.push(k * step);
    }
    return { values, decimals };
  }

  /** The finest nice step that divides [from, to] and keeps its pitch below ``top``: [step, decimals], or null. */
  function stretchStep(from, to, top, decadePx) {
    const room = (step) => decadePx * Math.log10(top / Math.max(top - step, from));
    let best = null;
    for (let exponent = Math.floor(Math.log10(to - from) + EPSILON); ; exponent -= 1) {
      let fits = false;
      for (const mantissa of [5, 2.5, 2, 1]) {
        const step = mantissa * 10 ** exponent;
        const parts = (to - from) / step;
        if (parts < 1 - EPSILON || Math.abs(parts - Math.round(parts)) > EPSILON * parts) continue;
        if (room(step) < PITCH_PX) continue;
        fits = true;
        best = [step, decimalsOf(mantissa, exponent)];
      }
      if (!fits) return best;
    }
  }

  /** Ticks within the stretch [from, to) of a decade that lies in [low, high]. */
  function stretchValues(from, to, low, high, decadePx) {
    const [step, decimals] = stretchStep(from, to, Math.min(to, high), decadePx) || [to - from, 0];
    const values = [];
    for (let k = Math.max(0, Math.ceil((low - from) / step - EPSILON)); ; k += 1) {
      const value = from + k * step;
      if (value >= to * (1 - EPSILON) || value > high * (1 + EPSILON)) return { values, decimals };
      values.push(value);
    }
  }

  /** Marks of whole decades, 1 and 3 of each where they have room. */
  function decadeValues(low, high, decadePx) {
    const half = decadePx * Math.log10(3) >= PITCH_PX;
    const every = Math.ceil(PITCH_PX / decadePx);
    const first = Math.floor(Math.log10(low) / every) * every;
    const values = [];
    for (let exponent = first; 10 ** exponent <= high; exponent += every) {
      values.push(10 ** exponent);
      if (half) values.push(3 * 10 ** exponent);
    }
    const shown = values.filter((v) => v >= low * (1 - EPSILON) && v <= high * (1 + EPSILON));
    const decimals = shown.length ? decimalsOf(1, Math.floor(Math.log10(shown[0]) + EPSILON)) : 0;
    return { values: shown, decimals };
  }

  function logValues(low, high, height) {
    const decadePx = height / Math.log10(high / low);
    if (decadePx * Math.log10(2) < PITCH_PX) return decadeValues(low, high, decadePx);
    const found = { values: [], decimals: 0 };
    for (let exponent = Math.floor(Math.log10(low)); 10 ** exponent <= high; exponent += 1) {
      for (const [from, to] of STRETCHES.map((edges) => edges.map((edge) => edge * 10 ** exponent))) {
        if (to <= low || from > high) continue;
        const { values, decimals } = stretchValues(from, to, low, high, decadePx);
        found.values.push(...values);
        if (values.length) found.decimals = Math.max(found.decimals, decimals, decimalsOf(1, floorLog(values)));
      }
    }
    return found;
  }

  /** Exponent of the last digit that the first of some values needs, when that is below 1. */
  function floorLog([value]) {
    return Math.floor(Math.log10(value) + EPSILON);
  }

  /**
   * Ticks of a window, all with the same number of decimals: as many as tell them apart.
   * @param {number} low @param {number} high @param {number} height pixels
   * @param {{log?: boolean}} [options]
   * @returns {{value: number, text: string, decimals: number}[]} ascending
   */
  function ticks(low, high, height, { log: logarithmic = false } = {}) {
    const finest = Math.max(Math.abs(low), Math.abs(high)) * FINEST;
    if (!(high - low > finest && height > 0 && Number.isFinite(high - low))) return [];
    const make = logarithmic && low > 0 ? logValues : linearValues;
    const { values, decimals } = make(low, high, height);
    const { number } = window.chandlery.format;
    return values.map((raw) => {
      const value = Number(raw.toPrecision(14)); // 3 * 0.1 is 0.3
      return { value, text: number(value, decimals), decimals };
    });
  }

  /**
   * One or two ticks of the volume axis, which begins at 0.
   * @param {number} most the largest volume @param {number} height pixels of the pane
   * @returns {{value: number, text: string}[]} ascending
   */
  function volumeTicks(most, height) {
    if (!(most > 0 && Number.isFinite(most))) return [];
    const labels = Math.min(2, Math.floor(height / VOLUME_PX));
    if (!(labels > 0)) return [];
    const reach = (most * VOLUME_TOP) / labels;
    const decade = 10 ** Math.floor(Math.log10(reach) + EPSILON);
    const step = MANTISSAS.map((mantissa) => mantissa * decade).reduce((best, s) => (s <= reach ? s : best), decade);
    return Array.from({ length: labels }, (_, k) => {
      const value = Number(((k + 1) * step).toPrecision(14));
      // A round step needs no zeros behind the point: "25 M".
      return { value, text: window.chandlery.format.volume(value).replace(/(?:\.0+|(\.\d*[1-9])0+)(?= )/, '$1') };
    });
  }

  window.chandlery.scale = { linear, log, fit, ticks, volumeTicks };
})();
