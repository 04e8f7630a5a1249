// What every wallboard does: hear the stream, keep the server's time, and say at once when it can't be believed.

import { ServerClock } from "./clock.js";
import { Connection } from "./connection.js";
import { $, mark, readSetup, text } from "./dom.js";
import { Words } from "./words.js";

export class Screen {
  constructor() {
    this.setup = readSetup();
    this.words = new Words(this.setup);
    this.clock = new ServerClock();
    this.clock.hear(this.setup.now);
    this.clocks = new Map(); // a PBX's clock may be off: what is counted by it is counted on by it
    this.lives = new Map();
    this.isHeard = null;
    for (const hotline of this.setup.hotlines) this.#take(hotline.live);
  }

  /** `draw(live)` on each snapshot, `tick(now)` ten times a second with the server's time. */
  run({ draw, tick }) {
    this.draw = draw;
    this.tick = tick;
    for (const live of this.lives.values()) draw(live);
    this.#turn();
    setInterval(() => this.#turn(), 100);
    new Connection(this.setup.stream, this.setup.silence_ms, {
      opened: () => [this.clock, ...this.clocks.values()].forEach((clock) => clock.forget()),
      lost: () => this.#lost(),
      beat: (beat) => this.#beat(beat),
      snapshot: (live) => this.#snapshot(live),
      link: (link) => this.#link(link),
      duty: (duty) => this.#duty(duty),
    }).open();
    this.#stayAwake();
  }

  /** Whether this hotline's figures are true now. */
  isTrue(live) {
    return this.isHeard !== false && live.link.up;
  }

  #turn() {
    this.#state();
    if (this.clock.now() !== null) this.tick(this.clock.now());
  }

  #take(live) {
    this.lives.set(live.hotline, live);
    if (!this.clocks.has(live.hotline)) this.clocks.set(live.hotline, new ServerClock());
    this.clocks.get(live.hotline).hear(live.at);
  }

  /** The time by which this hotline's calls are timed, milliseconds; null for a moment after a reconnect. */
  timeOf(live) {
    return this.clocks.get(live.hotline).now();
  }

  #snapshot(live) {
    this.#take(live);
    this.isHeard = true;
    this.draw(live);
    this.#turn();
  }

  #beat(beat) {
    this.clock.hear(beat.at);
    this.heardAt = Date.parse(beat.at);
    if (beat.build !== this.setup.build) location.reload(); // the service was updated under us
  }

  #link(link) {
    if (link.up) return; // the snapshot that follows brings figures that are true again
    for (const number of link.hotlines) {
      const live = this.lives.get(number);
      if (live) live.link = { ...live.link, up: false, since: link.at };
    }
    this.#redraw();
  }

  /** Somebody else is on duty; the snapshot that follows says the same. */
  #duty(duty) {
    const live = this.lives.get(duty.hotline);
    if (!live) return;
    const { on_duty, next_duty, staffed, after_hours } = duty;
    Object.assign(live, { on_duty, next_duty, staffed, after_hours });
    this.draw(live);
  }

  #lost() {
    this.isHeard = false;
    this.#redraw();
  }

  #redraw() {
    for (const live of this.lives.values()) this.draw(live);
    this.#turn();
  }

  #state() {
    const lives = [...this.lives.values()];
    const down = lives.filter((live) => !live.link.up);
    const name = this.isHeard === false ? "server" : down.length === lives.length && down.length ? "pbx" : "live";
    const shown = this.isHeard === null && name === "live" ? "connecting" : name;
    mark(document.body, "link", shown);
    text($("link"), this.words.say(shown === "live" || shown === "connecting" ? shown : "cutOff"));
    this.#banner(name, down[0] ?? lives[0]);
  }

  #banner(name, live) {
    const isShown = name !== "live";
    $("banner").hidden = !isShown;
    if (!isShown) return;
    const zone = live?.time_zone;
    const time = (at) => this.words.time(at ? Date.parse(at) : null, zone);
    const asOf = live ? time(live.link.last_event_at) : this.words.none;
    if (name === "pbx" && live.link.since === null) {
      text($("banner-title"), this.words.say("linkNever"));
      text($("banner-detail"), this.words.say("linkNeverDetail"));
    } else if (name === "pbx") {
      text($("banner-title"), this.words.say("linkDown"));
      text($("banner-detail"), this.words.say("linkDownDetail", { since: time(live.link.since), as_of: asOf }));
    } else {
      const heard = this.words.time(this.heardAt ?? (live ? Date.parse(live.at) : null), zone);
      text($("banner-title"), this.words.say("serverLost"));
      text($("banner-detail"), this.words.say("serverLostDetail", { as_of: heard }));
    }
  }

  #stayAwake() {
    const ask = () => navigator.wakeLock?.request("screen").catch(() => {});
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && ask());
    ask();
    addEventListener("pageshow", (event) => event.persisted && location.reload());
  }
}
