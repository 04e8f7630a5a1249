// In which ring calls were answered: 1, 2, 3, 4+ (the target and one more, if the target is later).

import { keep, make, mark, text } from "./dom.js";

/** [{name, n, isLate}] */
export function columns(histogram, target) {
  const last = Math.max(target, 3);
  const counted = Object.entries(histogram).map(([ring, n]) => [Number(ring), n]);
  const sum = (test) => counted.reduce((total, [ring, n]) => (test(ring) ? total + n : total), 0);
  const single = Array.from({ length: last }, (_, i) => i + 1);
  return [
    ...single.map((ring) => ({ name: String(ring), n: sum((r) => r === ring), isLate: ring > target })),
    { name: `${last + 1}+`, n: sum((r) => r > last), isLate: true },
  ];
}

export function drawHistogram(parent, live, words) {
  const shown = columns(live.histogram, live.target_rings);
  const most = Math.max(1, ...shown.map((column) => column.n));
  const hasData = live.today.answered > 0;
  const build = () => make("li", "column", make("span", "n"), make("span", "bar"), make("span", "name"));
  keep(parent, shown, (column) => column.name, build, (element, column) => {
    const [n, bar, name] = element.children;
    mark(element, "late", String(column.isLate));
    mark(element, "empty", String(!column.n));
    text(n, hasData ? words.count(column.n) : words.none);
    text(name, column.name);
    bar.style.setProperty("--share", String(column.n / most));
  });
}
