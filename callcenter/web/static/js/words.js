// Words and figures in the reader's language. All words come from the server's catalogue.

export class Words {
  constructor(setup) {
    this.lang = setup.lang;
    this.strings = setup.strings;
    this.outcomes = setup.outcomes;
    this.states = setup.states;
    this.roles = setup.roles;
    this.none = setup.strings.none;
    this.plural = new Intl.PluralRules(setup.lang);
    this.makers = new Map();
  }

  /** A formatter, made once: they are costly and a screen asks ten times a second. */
  #maker(kind, options) {
    const name = JSON.stringify([kind.name, options]);
    if (!this.makers.has(name)) this.makers.set(name, new kind(this.lang, options));
    return this.makers.get(name);
  }

  /** The text `name` with its {placeholders} filled; `name_one` where the language has a singular of it. */
  say(name, values = {}) {
    const singular = values.n !== undefined && this.strings[`${name}_${this.plural.select(values.n)}`];
    return (singular || this.strings[name]).replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
  }

  /** A rate 0…1 as a number of percent without its sign; "no data" for null. Never rounded up to 100 or down to 0. */
  percent(rate) {
    if (rate === null || rate === undefined) return this.none;
    if (rate === 0 || rate === 1) return String(rate * 100);
    const tenths = Math.min(Math.max(Math.round(rate * 1000), 1), 999);
    return this.#maker(Intl.NumberFormat, { minimumFractionDigits: 1 }).format(tenths / 10);
  }

  /** The same with its sign. */
  percentSign(rate) {
    return rate === null || rate === undefined ? this.none : `${this.percent(rate)}%`;
  }

  /** Bounds of a rate as a short text. */
  range(bounds) {
    return `${this.percent(bounds.low)}–${this.percentSign(bounds.high)}`;
  }

  count(n) {
    return n === null || n === undefined ? this.none : this.#maker(Intl.NumberFormat, {}).format(n);
  }

  /** Seconds as m:ss or h:mm:ss. */
  span(seconds) {
    if (seconds === null || seconds === undefined) return this.none;
    const whole = Math.max(0, Math.floor(seconds));
    const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
    const two = (n) => String(n).padStart(2, "0");
    return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
  }

  /** A moment as a clock shows it in that zone. */
  time(ms, zone, { seconds = true, weekday = false } = {}) {
    if (ms === null || Number.isNaN(ms)) return this.none;
    const parts = { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: zone };
    if (seconds) parts.second = "2-digit";
    if (weekday) parts.weekday = "short";
    return this.#maker(Intl.DateTimeFormat, parts).format(ms);
  }

  date(ms, zone) {
    const parts = { weekday: "short", month: "long", day: "numeric", timeZone: zone };
    return this.#maker(Intl.DateTimeFormat, parts).format(ms);
  }
}
