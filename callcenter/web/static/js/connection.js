// The stream, kept open for ever. A screen that hears nothing says so: neither a broken connection nor a silent
// one may pass for a quiet hotline.

const LONGEST_PAUSE = 10_000;

export class Connection {
  #source = null;
  #heardAt = 0;
  #pause = 500;
  #timer = null;

  /** `on`: {opened, lost, beat, snapshot, link, duty}. `silence`: milliseconds without a word that mean it is broken. */
  constructor(url, silence, on) {
    this.url = url;
    this.silence = silence;
    this.on = on;
    setInterval(() => this.#watch(), 500);
  }

  open() {
    this.#heardAt = performance.now();
    this.#source = new EventSource(this.url);
    this.#source.onopen = () => this.on.opened();
    this.#source.onerror = () => this.#lost();
    for (const name of ["beat", "snapshot", "link", "duty"]) {
      this.#source.addEventListener(name, (event) => this.#heard(name, event));
    }
  }

  #heard(name, event) {
    this.#heardAt = performance.now();
    this.#pause = 500;
    this.on[name](JSON.parse(event.data));
  }

  #watch() {
    if (this.#source && performance.now() - this.#heardAt > this.silence) this.#lost();
  }

  #lost() {
    this.#source?.close();
    this.#source = null;
    this.on.lost();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.open(), this.#pause * (0.7 + Math.random() * 0.6));
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
  }
}
