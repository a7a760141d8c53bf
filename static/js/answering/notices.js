// This will tell the person what went wrong, or what to do, for as long as it matters.

import { gettext } from "../language.js";

const SHOWN_MILLISECONDS = 8000;
const MOST_SHOWN = 2;

export class Notices {
  #box = document.getElementById("notices");
  #offline = null;

  /** Show a sentence for a while; the same one is not stacked, and older ones make room. */
  say(text, kind = "info") {
    const passing = [...this.#box.querySelectorAll("[data-passing]")];
    passing.filter((one) => one.textContent === text).forEach((one) => one.remove());
    passing.slice(0, -MOST_SHOWN + 1).forEach((one) => one.remove());
    const notice = this.#add(text, kind);
    notice.dataset.passing = "";
    setTimeout(() => notice.remove(), SHOWN_MILLISECONDS);
  }

  /** Show that the server is away until `online` is called. */
  offline() {
    this.#offline ??= this.#add(gettext("The server cannot be reached. Trying again by itself."), "trouble");
  }

  online() {
    if (!this.#offline) return;
    this.#offline.remove();
    this.#offline = null;
    this.say(gettext("Connected again."));
  }

  signedOut(address) {
    this.#leadOn(gettext("You are signed out, or may no longer work here."), "trouble", {
      address,
      words: gettext("Sign in again"),
    });
  }

  anotherPerson() {
    const why = gettext("Somebody else has signed in in this browser. Your answers are kept until you are back.");
    this.#leadOn(why, "info", { address: window.location.pathname, words: gettext("Reload the page") });
  }

  /** Say once what only another page can help with, and link to it. */
  #leadOn(text, kind, { address, words }) {
    if (this.#box.querySelector("a")) return;
    const link = document.createElement("a");
    link.href = address;
    link.textContent = words;
    this.#add(`${text} `, kind).append(link);
  }

  #add(text, kind) {
    const notice = document.createElement("p");
    notice.className = `desk-notice desk-notice-${kind}`;
    notice.textContent = text;
    this.#box.append(notice);
    return notice;
  }
}
