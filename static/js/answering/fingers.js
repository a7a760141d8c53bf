// This will let a finger answer where images come one at a time: right for what is chosen, or fine; left for not sure.

import { gettext } from "../language.js";
import { Swipe } from "./swipe.js";
import { namesInWords } from "./words.js";

const byId = (id) => document.getElementById(id);

export class Fingers {
  constructor(desk) {
    this.desk = desk;
    new Swipe({
      surface: byId("stage"),
      picture: byId("picture"),
      hint: byId("swipe-hint"),
      help: byId("swipe-help"),
      means: () => this.#means(),
      on: {
        right: () => desk.act({ name: desk.draft.value.classes.length ? "send" : "fine" }),
        left: () => desk.act({ name: "unsure" }),
      },
    });
  }

  /** What each side would do now; null while the image is zoomed or loading, or a page of them is shown. */
  #means() {
    const { mode, modes, view, stage, draft } = this.desk;
    if (mode !== modes.one || !mode.current || view.state !== "ready" || stage.isClose) return null;
    const { classes } = draft.value;
    const right = classes.length
      ? { text: namesInWords(mode.current.schema, classes), tone: "bad" }
      : { text: gettext("Fine"), tone: "good" };
    return { right, left: { text: gettext("Not sure"), tone: "unsure" } };
  }
}
