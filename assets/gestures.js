/**
 * What a person does over the stage: drag, wheel, touch, pinch, point, double click. Translates into three verbs of a chart:
 * move the view, zoom it around a place, point at a place. Nothing is drawn and nothing is asked here.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const NOTCH = 120; // deltaY of one notch of a wheel
  const PER_NOTCH = 0.1;
  const LINE_PX = 40;
  const PAGE_PX = 800;
  const SLOP_PX = 3; // a press that moves less is a click
  const LEAST_APART_PX = 24;
  const CALM_MS = 140; // no wheel for so long: the gesture is over

  /** A wheel event's way in pixels, whatever unit the browser counts in. */
  function pixels(event) {
    const unit = event.deltaMode === 1 ? LINE_PX : event.deltaMode === 2 ? PAGE_PX : 1;
    return [event.deltaX * unit, event.deltaY * unit];
  }

  /** How much wider the view becomes by a wheel of so many pixels: 10 % for a notch, at most three at once. */
  function widening(deltaY) {
    const notches = Math.max(-3, Math.min(3, deltaY / NOTCH));
    return (1 + PER_NOTCH) ** notches;
  }

  /**
   * @param {HTMLElement} stage
   * @param {object} chart
   * @param {(px: number) => boolean} chart.move by so many pixels to the right; whether it moved
   * @param {(px: number, factor: number) => boolean} chart.zoom around a pixel of the plot; whether it changed
   * @param {(place: {x: number, y: number}|null) => void} chart.point pixels of the stage
   * @param {() => void} chart.settle the gesture is over
   * @param {() => void} chart.newest show the newest candles
   */
  function attach(stage, chart) {
    let press = null;
    let pinch = null;
    let tapped = false;
    let calm = 0;
    const fingers = new Map();

    const place = (event) => {
      const box = stage.getBoundingClientRect();
      return { x: event.clientX - box.left, y: event.clientY - box.top };
    };
    const onButton = (event) => Boolean(event.target.closest('button, a, input'));

    /** Distance and middle of two fingers, along the time axis; never so near that a factor would be absurd. */
    function spread() {
      const [a, b] = [...fingers.values()];
      return { apart: Math.max(Math.hypot(a.x - b.x, a.y - b.y), LEAST_APART_PX), x: (a.x + b.x) / 2 };
    }

    /** Two fingers zoom around their middle and move with it. */
    function pinched() {
      const now = spread();
      chart.zoom(now.x, pinch.apart / now.apart);
      chart.move(now.x - pinch.x);
      pinch = now;
    }

    stage.addEventListener('pointerdown', (event) => {
      if (onButton(event)) return;
      if (event.pointerType === 'touch') fingers.set(event.pointerId, place(event));
      if (fingers.size === 2) {
        press = null;
        tapped = false;
        pinch = spread();
        stage.classList.remove('dragging');
        chart.point(null);
      }
      if (event.button !== 0 || !event.isPrimary) return;
      press = { id: event.pointerId, x: event.clientX, from: event.clientX, touch: event.pointerType === 'touch' };
      stage.setPointerCapture(event.pointerId);
    });
    stage.addEventListener('pointermove', (event) => {
      if (fingers.has(event.pointerId)) fingers.set(event.pointerId, place(event));
      if (pinch) {
        if (fingers.size === 2) pinched();
        return;
      }
      if (!press || event.pointerId !== press.id) {
        if (!press && event.pointerType !== 'touch') chart.point(place(event));
        return;
      }
      if (!press.dragging && Math.abs(event.clientX - press.from) >= SLOP_PX) {
        press.dragging = true;
        stage.classList.add('dragging');
      }
      if (!press.dragging) return;
      chart.move(event.clientX - press.x);
      press.x = event.clientX;
      tapped = false;
      chart.point(press.touch ? null : place(event));
    });
    /** The browser takes a touch over when it becomes a scroll of the page: pointercancel ends it here too. */
    function release(event) {
      fingers.delete(event.pointerId);
      if (pinch) {
        if (fingers.size === 0) {
          pinch = null;
          chart.settle();
        }
        return;
      }
      if (!press || event.pointerId !== press.id) return;
      const { dragging, touch } = press;
      press = null;
      stage.classList.remove('dragging');
      if (dragging) chart.settle();
      else if (touch && event.type === 'pointerup') {
        tapped = !tapped; // a second tap lets the candle go
        chart.point(tapped ? place(event) : null);
      }
    }
    stage.addEventListener('pointerup', release);
    stage.addEventListener('pointercancel', release);
    stage.addEventListener('pointerleave', (event) => {
      if (!press && event.pointerType !== 'touch') chart.point(null);
    });
    stage.addEventListener('dblclick', (event) => {
      if (!onButton(event)) chart.newest();
    });
    // No scroll trap: where the view can neither move nor change, the page scrolls.
    stage.addEventListener(
      'wheel',
      (event) => {
        const [dx, dy] = pixels(event);
        const sideways = event.shiftKey ? dx || dy : Math.abs(dx) > Math.abs(dy) ? dx : 0;
        const done = sideways ? chart.move(-sideways) : chart.zoom(place(event).x, widening(dy));
        if (!done) return;
        event.preventDefault();
        clearTimeout(calm);
        calm = setTimeout(chart.settle, CALM_MS);
      },
      { passive: false },
    );
  }

  window.chandlery.gestures = { attach, widening };
})();
