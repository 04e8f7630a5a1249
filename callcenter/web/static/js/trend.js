// The day by quarters of an hour: how many calls, how many of them in time, and where we were blind.

import uPlot from "../vendor/uPlot.esm.js";

const QUARTER = 900;
const NAMED = 60; // seconds of blindness in a quarter that earn a word
const CALLS_SHARE = 0.6;
const RATE_SHARE = 0.32;

export class Trend {
  #plot = null;
  #gaps = [];
  #shape = "";

  constructor(parent, words) {
    this.parent = parent;
    this.words = words;
    this.live = null;
    new ResizeObserver(() => this.#resize()).observe(parent);
  }

  draw(live) {
    this.live = live;
    this.#gaps = live.trend.filter((quarter) => quarter.gap_seconds > 0);
    const shape = `${live.time_zone} ${live.day.start}`;
    if (!this.#plot || shape !== this.#shape) this.#build(shape);
    this.#plot.setData(this.#data());
  }

  #data() {
    const [start, end] = [this.live.day.start, this.live.day.end].map((at) => Date.parse(at) / 1000);
    const known = new Map(this.live.trend.map((quarter) => [Date.parse(quarter.start) / 1000, quarter]));
    const times = Array.from({ length: Math.ceil((end - start) / QUARTER) }, (_, n) => start + n * QUARTER);
    const pick = (figure) => times.map((at) => (known.has(at) ? figure(known.get(at)) : null));
    return [
      times.map((at) => at + QUARTER / 2),
      pick((quarter) => quarter.offered || null),
      pick((quarter) => quarter.on_time || null),
      pick((quarter) => quarter.three_ring_rate),
    ];
  }

  #build(shape) {
    this.#shape = shape;
    this.#plot?.destroy();
    this.#plot = new uPlot(this.#options(), this.#data(), this.parent);
  }

  #resize() {
    if (!this.live || !this.parent.clientWidth) return;
    this.#build(this.#shape);
  }

  #options() {
    const style = getComputedStyle(this.parent);
    const colour = (name) => style.getPropertyValue(`--${name}`).trim();
    const size = Math.max(11, Math.round(this.parent.clientHeight * 0.075));
    const font = `${size}px ${style.fontFamily}`;
    const zone = this.live.time_zone;
    const grid = { stroke: colour("line"), width: 1 };
    const axis = { stroke: colour("quiet"), font, ticks: { show: false }, grid, gap: 4 };
    const bars = uPlot.paths.bars({ size: [0.78, 40], radius: 0.12 });
    const [start, end] = [this.live.day.start, this.live.day.end].map((at) => Date.parse(at) / 1000);
    return {
      width: this.parent.clientWidth,
      height: this.parent.clientHeight,
      padding: [size * 1.15, size * 0.4, 0, 0],
      cursor: { show: false },
      legend: { show: false },
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone),
      scales: {
        x: { range: [start, end] },
        // Two bands of one picture: calls below, the rate above them.
        calls: { range: (_, __, most) => [0, even(most) / CALLS_SHARE] },
        rate: { range: [1 - 1 / RATE_SHARE, 1] },
      },
      axes: [
        { ...axis, size: size * 1.7, incrs: [3600 * 3, 3600 * 4, 3600 * 6], grid: { show: false }, values: (_, at) => at.map((s) => (s < end ? this.words.time(s * 1000, zone, { seconds: false }) : "")) },
        { ...axis, scale: "calls", size: size * 2.4, splits: (_, __, ___, most) => [0, 0.5, 1].map((share) => share * Math.round(most * CALLS_SHARE)) },
        { ...axis, scale: "rate", side: 1, size: size * 3.6, splits: () => [0, 1], values: () => ["0%", "100%"] },
      ],
      series: [
        {},
        { scale: "calls", paths: bars, fill: colour("late-soft"), stroke: colour("late"), width: 1, points: { show: false } },
        { scale: "calls", paths: bars, fill: colour("good-soft"), stroke: colour("good-soft"), width: 0, points: { show: false } },
        { scale: "rate", stroke: colour("bright"), width: Math.max(1.5, size / 9), points: { show: true, size: size * 0.34, fill: colour("bright"), stroke: colour("bright") } },
      ],
      hooks: { drawClear: [(plot) => this.#blind(plot, colour("blind"), font)] },
    };
  }

  /** Quarters in which the PBX was not heard are hatched and named, as far down as they were blind: an empty
   *  quarter there is no quiet one. */
  #blind(plot, colour, font) {
    const { ctx, bbox } = plot;
    ctx.save();
    for (const gap of this.#gaps) {
      const at = Date.parse(gap.start) / 1000;
      const [left, right] = [plot.valToPos(at, "x", true), plot.valToPos(at + QUARTER, "x", true)];
      const share = Math.max(gap.gap_seconds / QUARTER, 0.04);
      hatch(ctx, left, bbox.top, Math.max(right - left, 3), bbox.height * share, colour);
    }
    ctx.fillStyle = colour;
    ctx.font = font;
    ctx.textAlign = "center";
    ctx.textBaseline = "bottom";
    for (const [from, to] of runs(this.#gaps.filter((gap) => gap.gap_seconds >= NAMED))) {
      const middle = plot.valToPos((from + to) / 2, "x", true);
      ctx.fillText(this.words.say("blind"), middle, bbox.top - 2);
    }
    ctx.restore();
  }
}

/** The least even number of calls that holds `most`: its half is a whole number too. */
function even(most) {
  return Math.max(4, 2 * Math.ceil((most ?? 0) / 2));
}

function hatch(ctx, left, top, width, height, colour) {
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, width, height);
  ctx.clip();
  ctx.globalAlpha = 0.16;
  ctx.fillStyle = colour;
  ctx.fillRect(left, top, width, height);
  ctx.globalAlpha = 0.6;
  ctx.strokeStyle = colour;
  ctx.lineWidth = 2;
  for (let x = left - height; x < left + width; x += 10) {
    ctx.beginPath();
    ctx.moveTo(x, top + height);
    ctx.lineTo(x + height, top);
    ctx.stroke();
  }
  ctx.restore();
}

/** Neighbouring quarters as [from, to] in seconds. */
function runs(gaps) {
  const found = [];
  for (const gap of gaps) {
    const at = Date.parse(gap.start) / 1000;
    const last = found[found.length - 1];
    if (last && last[1] === at) last[1] = at + QUARTER;
    else found.push([at, at + QUARTER]);
  }
  return found;
}
