// This will say what went wrong and bring back what was not stored: refused, unheard, or no longer the person's.

import { Refused } from "../api.js";
import { gettext, interpolate } from "../language.js";
import { LEASE_LOST } from "./leases.js";
import { answerInWords } from "./words.js";

export class Mishaps {
  constructor(desk) {
    this.desk = desk;
  }

  /** Items were not stored: they come back with the reason, unless they are somebody else's by now. */
  cameBack(items, error) {
    const { desk } = this;
    const isRefused = error instanceof Refused;
    if (isRefused && error.code === LEASE_LOST) this.#sayWhoseItIs(items);
    else if (desk.mode === desk.modes.grid) desk.mode.cameBack(items, error);
    else {
      desk.mode.bringBack(items, { why: isRefused ? error.message : gettext("The server could not be reached.") });
      const refused = gettext("Your answer was refused, so here it is again.");
      const unheard = gettext("Your answer could not be sent, so here it is again. Send it once more.");
      desk.notices.say(isRefused ? refused : unheard, "trouble");
    }
    if (isRefused && error.isAboutThePerson) this.tell(error);
  }

  #sayWhoseItIs([{ job, answer }]) {
    const words = gettext("“%(title)s” was no longer yours: its time ran out. Your answer (%(answer)s) was not saved.");
    const title = job.title || gettext("Untitled");
    this.desk.notices.say(interpolate(words, { title, answer: answerInWords(answer, job.schema) }), "trouble");
  }

  /** Give every lease its full time; what is lost is told once, calmly where the person had been away. */
  async extend({ wasAway }) {
    const { desk } = this;
    if (desk.mode.held.length === 0) return;
    try {
      const lost = await desk.leases.extend(desk.mode.held);
      desk.notices.online();
      // What was answered in the meantime is not held any more, and there is nothing to tell of it.
      const gone = lost.filter((job) => desk.mode.held.some((one) => one.lease_token === job.lease_token));
      if (gone.length && desk.mode.lose(gone)) this.#sayTheyAreLost({ wasAway });
    } catch (error) {
      this.tell(error);
    }
  }

  #sayTheyAreLost({ wasAway }) {
    const away = gettext("While you were away, the time of what you had open ran out. Others may look at it; here is more.");
    const late = gettext("That one was no longer yours: its time ran out. On with the next.");
    this.desk.notices.say(wasAway ? away : late, wasAway ? "info" : "trouble");
  }

  /** Tell of any other trouble with the server. */
  tell(error) {
    const { notices, element } = this.desk;
    if (!(error instanceof Refused)) notices.offline();
    else if (error.isAboutThePerson) notices.signedOut(element.dataset.signIn);
    else notices.say(error.message, "trouble");
  }
}
