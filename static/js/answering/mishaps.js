// This will say what went wrong and bring back what was not stored: refused, unheard, or no longer the person's.

import { ANOTHER_PERSON, Refused } from "../api.js";
import { gettext, interpolate, listed, ngettext } from "../language.js";
import { LEASE_LOST } from "./leases.js";
import { answerInWords, imagesInWords, kindOf } from "./words.js";

const MOST_NAMED = 3;

export class Mishaps {
  constructor(desk) {
    this.desk = desk;
  }

  /** Items were not stored: they come back with the reason, unless they are somebody else's by now. */
  cameBack(items, error) {
    const { desk } = this;
    const isRefused = error instanceof Refused;
    if (isRefused && error.code === LEASE_LOST) this.#sayWhoseTheyAre(items);
    else if (desk.mode === desk.modes.grid) desk.mode.cameBack(items, error);
    else {
      desk.mode.bringBack(items, { why: isRefused ? error.message : gettext("The server could not be reached.") });
      const refused = gettext("Your answer was refused, so here it is again.");
      const unheard = gettext("Your answer could not be sent, so here it is again. Send it once more.");
      if (!isRefused || !error.isAboutThePerson) desk.notices.say(isRefused ? refused : unheard, "trouble");
    }
    if (isRefused && error.isAboutThePerson) this.tell(error);
  }

  /** Some items of a page were refused. The page says so itself where it still stands; else each is told like one. */
  refused(items) {
    const { mode, modes } = this.desk;
    if (mode === modes.grid && mode.isShowing(items)) return;
    const byCode = new Map();
    for (const item of items) byCode.set(item.code, [...(byCode.get(item.code) ?? []), item]);
    for (const [code, alike] of byCode) this.cameBack(alike, new Refused(409, { code, detail: alike[0].detail }));
  }

  /** One is told by its title and answer; of many, the first few are, those that were marked before the others. */
  #sayWhoseTheyAre(items) {
    const one = gettext("“%(title)s” was no longer yours: its time ran out. Your answer (%(answer)s) was not saved.");
    const many = gettext("%(images)s were no longer yours: their time ran out. Your answers were not saved: %(which)s.");
    const facts = { images: imagesInWords(items.length), which: whichInWords(items), ...titleAndAnswer(items[0]) };
    this.desk.notices.say(interpolate(items.length > 1 ? many : one, facts), "trouble");
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
    else if (error.code === ANOTHER_PERSON) notices.anotherPerson();
    else if (error.isAboutThePerson) notices.signedOut(element.dataset.signIn);
    else notices.say(error.message, "trouble");
  }
}

const titleAndAnswer = ({ job, answer }) => ({
  title: job.title || gettext("Untitled"),
  answer: answerInWords(answer, job.schema),
});

function whichInWords(items) {
  const isFine = ({ answer }) => kindOf(answer) === "fine";
  const sorted = [...items.filter((one) => !isFine(one)), ...items.filter(isFine)];
  const named = sorted.slice(0, MOST_NAMED);
  const words = named.map((one) => interpolate(gettext("“%(title)s” (%(answer)s)"), titleAndAnswer(one)));
  const left = items.length - named.length;
  const more = interpolate(ngettext("%(n)s more", "%(n)s more", left), { n: left });
  return listed(left ? [...words, more] : words);
}
