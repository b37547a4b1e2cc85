/**
 * What stands in the cells of the grid of stocks: React's elements, so that every word is text. AG Grid finds them by
 * name in window.dashAgGridComponentFunctions.
 */
(function () {
  'use strict';

  window.chandlery = window.chandlery || {};

  const { format } = window.chandlery;
  const make = (tag, props, ...children) => window.React.createElement(tag, props, ...children);

  /** A dash that says why there is nothing. */
  function nothing({ data, colDef }) {
    const why = (data.why || {})[colDef.field] || '';
    return make('span', { className: 'no-price', title: why, 'aria-label': why }, '–');
  }

  /** A number, or the dash. @param {(value: number) => string} show */
  const number = (show) => (props) => {
    if (!props.data) return null;
    return typeof props.value === 'number' ? make('span', null, show(props.value)) : nothing(props);
  };

  function change(props) {
    if (!props.data) return null;
    if (typeof props.value !== 'number') return nothing(props);
    const text = format.percent(props.value);
    const kind = /[1-9]/.test(text) ? (props.value < 0 ? 'fall' : 'rise') : '';
    return make('span', { className: kind }, text);
  }

  function link({ data, value }) {
    return data ? make('a', { href: data.link, 'data-drill': '1' }, value) : null;
  }

  /** The day of the first mention; the video's title as its tooltip. */
  function day({ data, value }) {
    return data ? make('span', { title: data.title }, format.day(Date.parse(`${value}T00:00:00Z`) / 1000, 'UTC')) : null;
  }

  const text = ({ value }) => make('bdi', { title: value || '' }, value || '–');

  const count = ({ value }) => make('span', { className: value ? '' : 'none' }, value ? format.number(value, 0) : '–');

  window.dashAgGridComponentFunctions = Object.assign(window.dashAgGridComponentFunctions || {}, {
    StockLink: link,
    StockText: text,
    StockDay: day,
    StockPrice: number((value) => format.price(value)),
    StockChange: change,
    StockCount: count,
  });
})();
