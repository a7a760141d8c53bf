// This will show a page of jobs at once: the exceptions are marked, one key answers the rest, and all share a batch.

import { Unreachable } from "../api.js";
import { gettext, interpolate } from "../language.js";
import { GridView } from "./grid_view.js";
import { FINE, Page, TileState } from "./page.js";
import { Peek } from "./peek.js";
import { uuid } from "../uuid.js";
import { imagesInWords } from "./words.js";

export class Grid {
  #page = new Page([]);
  #ahead = [];
  #turn = 0;
  #isClaiming = false;
  #failed = null;

  constructor({ parts, on }) {
    Object.assign(this, parts);
    this.on = on;
    this.lanes = [];
    this.peek = new Peek(parts);
    this.tiles = new GridView({
      relief: parts.relief,
      on: { chosen: (index) => this.#moveTo(index), opened: () => this.#toggleLarge() },
    });
  }

  get current() {
    return this.view.state === "ready" ? (this.#page.focused?.job ?? null) : null;
  }

  get held() {
    return [this.#page, ...this.#ahead].flatMap((page) => page.held);
  }

  /** Give back what is open; an answer on its way still needs its lease. */
  #giveBack(keeps = []) {
    const open = [this.#page, ...this.#ahead].flatMap((page) => page.open.map((tile) => tile.job));
    this.leases.release(open.filter((job) => !keeps.includes(job)));
  }

  async open({ lanes, held = [] }) {
    this.lanes = lanes;
    const lost = await this.leases.extend(held).catch(() => []);
    const ours = held.filter((job) => !lost.includes(job));
    if (ours.length) await this.#show(this.#pageOf(ours.map((job) => ({ job, ...this.#draftOf(job) }))));
    else await this.#nextPage();
  }

  #draftOf(job) {
    const draft = this.keeper.draft(job);
    return draft ? { answer: { classes: draft.classes, unsure: draft.unsure ?? false }, note: draft.note } : {};
  }

  /** Give everything back; a page with marks on it is kept where the page may come again. */
  close({ isLeaving = false } = {}) {
    const keeps = isLeaving && this.held.some((job) => this.keeper.wants(job)) ? this.held : [];
    this.keeper.keepHeld(keeps);
    this.#giveBack(keeps);
    this.#nextTurn();
    this.peek.close();
    this.#page = new Page([]);
    this.#ahead = [];
    this.tiles.clear();
  }

  choose(lanes) {
    this.#giveBack();
    this.#ahead = [];
    this.#page = new Page([]);
    this.lanes = lanes;
    this.#nextPage();
  }

  beat() {
    if (this.view.state === "empty" && !this.#isClaiming) this.#nextPage();
  }

  // -- what is shown ------------------------------------------------------------------------------------------

  /** Turn to the next page. What a later turn, a change of lanes or the end overtook is given back. */
  async #nextPage() {
    const turn = this.#nextTurn();
    this.#isClaiming = true;
    this.peek.close();
    try {
      const page = this.#ahead.shift() ?? this.#pageOf(await this.#claim());
      this.on.reached();
      if (turn === this.#turn) await this.#show(page);
      else this.leases.release(page.held);
    } catch (error) {
      if (turn === this.#turn && !this.#page.isOver) this.view.state = "empty";
      this.on.trouble(error);
    } finally {
      if (turn === this.#turn) this.#isClaiming = false;
    }
  }

  #nextTurn() {
    this.#turn += 1;
    this.#isClaiming = false;
    return this.#turn;
  }

  async #claim() {
    if (this.view.state !== "empty") this.view.state = "loading";
    const { grid_size: count } = this.preferences.value;
    const jobs = await this.leases.claim({ lanes: [this.lanes[0] ?? this.on.anyLane()], count });
    return jobs.map((job) => ({ job }));
  }

  #pageOf = (items) => new Page(items);

  async #show(page) {
    this.#page.tiles.forEach(({ job }) => this.pictures.forget(job));
    this.#page = page;
    this.#failed = null;
    if (page.tiles.length === 0) {
      this.tiles.clear();
      this.view.empty({ isOneLane: this.lanes.length > 0 });
      return;
    }
    this.view.state = "loading";
    const unseen = await this.tiles.show(page);
    if (this.#page !== page) return;
    // Nothing is answered unseen.
    unseen.forEach((tile) => page.close(tile, TileState.GONE, gettext("The image could not be loaded.")));
    this.leases.release(unseen.map((one) => one.job));
    this.view.state = "ready";
    this.watch.start();
    this.tiles.markAll(page);
    this.#describe();
    this.tiles.focus(page, page.at);
  }

  #describe() {
    const { job, answer } = this.#page.focused;
    this.view.describe(job);
    this.draft.show(job, { classes: answer.classes });
    this.guidelines.show(job.schema);
    this.#describeLarge();
  }

  /** Show the image in focus large; whoever looks at one so looks at its neighbor next. */
  #describeLarge() {
    const { tiles, at } = this.#page;
    if (this.peek.isOpen) this.peek.show(tiles[at].job, { next: tiles[at + 1]?.job });
  }

  #toggleLarge() {
    if (this.peek.isOpen) return this.peek.close();
    if (!this.current) return undefined;
    this.peek.open();
    return this.#describeLarge();
  }

  // -- what the person does -----------------------------------------------------------------------------------

  get acts() {
    const move = (step) => () => this.#move(step);
    return {
      toggle: ({ number }) => this.current && this.draft.classes.toggle(number),
      up: () => this.draft.classes.up(),
      fine: () => this.#mark(FINE),
      unsure: () => this.#mark(this.#page.focused?.answer.unsure ? FINE : { classes: [], unsure: true }),
      send: () => this.#send(),
      page: () => this.#send(),
      peek: () => this.#toggleLarge(),
      leave: () => this.#leave(),
      left: move(() => -1),
      right: move(() => 1),
      upwards: move((columns) => -columns),
      downwards: move((columns) => columns),
      first: () => this.#moveTo(0),
      final: () => this.#moveTo(this.#page.tiles.length - 1),
    };
  }

  #leave() {
    if (this.guidelines.close()) return;
    if (this.peek.isOpen && this.stage.isClose) this.stage.fit();
    else if (this.peek.isOpen) this.peek.close();
    else this.draft.classes.up();
  }

  #move(step) {
    if (this.peek.isOpen && this.stage.isClose) return this.stage.pan(...PANS(step(2)));
    const wanted = this.#page.at + step(this.tiles.columns);
    return this.#page.tiles[wanted] && this.#moveTo(wanted);
  }

  #moveTo(index) {
    const before = this.#page.at;
    if (!this.current || !this.#page.moveTo(index)) return;
    this.tiles.focus(this.#page, before);
    this.#describe();
  }

  /** The classes of the tile in focus were changed by the person. */
  changed({ classes }) {
    if (this.current) this.#mark({ classes, unsure: false }, { isShown: true });
  }

  #mark(answer, { isShown = false } = {}) {
    const tile = this.#page.focused;
    if (!this.current || tile.state !== TileState.OPEN) return;
    this.#page.mark(tile, answer);
    if (answer === FINE) this.keeper.dropDraft(tile.job);
    else this.keeper.keepDraft(tile.job, { ...answer, note: tile.note, reason: null });
    if (!isShown) this.draft.show(tile.job, { classes: answer.classes });
    this.tiles.markAll(this.#page);
  }

  // -- sending a page -----------------------------------------------------------------------------------------

  async #send() {
    const page = this.#page;
    if (this.#isClaiming || this.view.state !== "ready" || page.tiles.some((one) => one.state === TileState.SAVING)) return;
    if (page.isOver || page.open.length === 0) return void this.#nextPage();
    this.peek.close();
    const items = page.items(this.watch.seconds);
    page.sending();
    this.tiles.markAll(page);
    const entry = this.outbox.sendBatch(items, this.#batchIdOf(items));
    await entry.done;
    if (page === this.#page) this.#ended(page, entry);
  }

  /** The same page sent again is the same batch, so that what the server has stored already is not stored twice. */
  #batchIdOf(items) {
    const said = JSON.stringify(items.map(({ job, answer }) => [job.id, answer]));
    const id = this.#failed?.said === said ? this.#failed.id : uuid();
    this.#failed = { said, id };
    return id;
  }

  #ended(page, entry) {
    if (entry.error) {
      page.failed();
      this.tiles.markAll(page);
      return;
    }
    entry.items.forEach(({ job }) => this.keeper.dropDraft(job));
    const lost = page.ended(entry.items);
    this.tiles.markAll(page);
    if (lost === 0) return void this.#nextPage();
    const words = gettext("%(images)s could not be saved; each says why. Press Enter for the next page.");
    return void this.notices.say(interpolate(words, { images: imagesInWords(lost) }), "trouble");
  }

  /** Whether these very items stand on the page; a job that was claimed anew is another one. */
  isShowing(items) {
    return items.every(({ job }) => this.#page.tileOf(job)?.job.lease_token === job.lease_token);
  }

  /** A page that nobody heard stands there still; what was refused as a whole is told like any other trouble. */
  cameBack(items, error) {
    if (!this.isShowing(items)) this.bringBack(items);
    const why = gettext("The page could not be sent, so here it is again. Press Enter to send it once more.");
    if (!error.isAboutThePerson) this.notices.say(error instanceof Unreachable ? why : error.message, "trouble");
  }

  // -- what comes back and what goes --------------------------------------------------------------------------

  bringBack(items) {
    this.#nextTurn(); // A page that is being claimed must not take its place.
    if (this.#page.open.length) this.#ahead.unshift(this.#page);
    this.#show(this.#pageOf(items));
  }

  async handOn(send, { words }) {
    const tile = this.#page.focused;
    const page = this.#page;
    if (!this.current || tile.state !== TileState.OPEN) return;
    page.close(tile, TileState.GONE, words);
    this.tiles.markAll(page);
    try {
      await send(tile.job);
    } catch (error) {
      page.close(tile, TileState.OPEN, "");
      if (page === this.#page) this.tiles.markAll(page);
      this.on.trouble(error);
    }
  }

  /** These leases are gone; each tile says so. */
  lose(jobs) {
    const words = gettext("No longer yours: its time ran out.");
    for (const page of [this.#page, ...this.#ahead]) {
      const gone = page.tiles.filter((tile) => jobs.some((job) => job.id === tile.job.id));
      gone.forEach((tile) => page.close(tile, TileState.LOST, words));
    }
    this.tiles.markAll(this.#page);
    return this.#page.tiles.some((tile) => tile.detail === words);
  }
}

const PANS = (step) => ({ "-2": [0, -1], "-1": [-1, 0], 1: [1, 0], 2: [0, 1] })[step];
