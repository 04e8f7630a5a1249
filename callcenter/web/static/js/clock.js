// The server's time on this screen. Screens' own clocks are often wrong, so only the browser's monotonic clock
// is used, and what the server says the time is. The least delayed of the last messages is nearest to the truth.

const REMEMBERED = 12;

export class ServerClock {
  #offsets = [];

  /** The server said that it is `at` (ISO 8601). */
  hear(at) {
    this.#offsets.push(Date.parse(at) - performance.now());
    if (this.#offsets.length > REMEMBERED) this.#offsets.shift();
  }

  /** A new connection: what was heard before may be from before a standby. */
  forget() {
    this.#offsets.length = 0;
  }

  /** The server's time, milliseconds since the epoch; null before the first word. */
  now() {
    return this.#offsets.length ? performance.now() + Math.max(...this.#offsets) : null;
  }
}
