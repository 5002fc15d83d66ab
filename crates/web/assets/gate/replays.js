// What this gate saw a moment ago, so that one presentation passes it once.
//
// Invariant: a presentation that was remembered is known for the whole window, which is never
// shorter than the time for which one is accepted. It lives in memory alone, as digests; beyond
// `REPLAYS_MAX` the oldest go. Refuses: to be written anywhere, to know anything of another gate.

import { TOLERANCE } from "./trust.js";

/** The most presentations that a gate remembers. */
export const REPLAYS_MAX = 60_000;

const ACCEPTED_S = Number(TOLERANCE.pastS + TOLERANCE.futureS);
const WINDOW_S = Math.max(Number(TOLERANCE.replayS), ACCEPTED_S);

/** The presentations of the last two minutes. */
export class Replays {
  /** Digests with when they were seen, in the order in which they were. */
  #seen = new Map();

  /** @param {string} digest @returns {boolean} */
  knows(digest) {
    return this.#seen.has(digest);
  }

  /** @param {number} now forgets what is beyond the window; a clock set back forgets nothing */
  forget(now) {
    for (const [digest, seenS] of this.#seen) {
      if (now - seenS <= WINDOW_S && this.#seen.size <= REPLAYS_MAX) return;
      this.#seen.delete(digest);
    }
  }

  /**
   * @param {string} digest @param {number} now
   * @returns {boolean} whether it is here for the first time
   */
  remember(digest, now) {
    const first = !this.#seen.has(digest);
    if (first) this.#seen.set(digest, now);
    this.forget(now);
    return first;
  }
}
