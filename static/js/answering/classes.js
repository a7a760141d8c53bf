// This will let a person choose classes: by number or click, one or several, a level of the tree at a time.

import { gettext, interpolate, listed } from "../language.js";
import { closest, nameOf, under, way, withParents } from "./class_tree.js";

const NUMBERS = 9;

/**
 * The classes of a schema, as buttons inside `root` (templates/answering/_classes.html).
 *
 * A number or a click on a class that others stand under opens it; its last row, "nothing closer", chooses the class
 * itself. Where the schema is of the kind "single", a choice replaces the one before.
 */
export class Classes {
  #schema = { classes: [] };
  #painted = {};
  #picked = new Set();
  #open = null;

  /**
   * `onChange` is told of every change: {chosen, isComplete}. isComplete is true where a person has just named the
   * one class that a "single" schema asks for, so that choosing and sending can be one key.
   */
  constructor({ root, onChange = () => {} }) {
    this.root = root;
    this.onChange = onChange;
    this.list = root.querySelector("[data-list]");
    this.crumbs = root.querySelector("[data-crumbs]");
    this.row = root.querySelector("template[data-row]");
    root.addEventListener("click", (event) => this.#press(event.target.closest("button")));
  }

  /** The keys chosen, with every class above them. */
  get chosen() {
    return withParents(this.#schema, this.#picked);
  }

  /** Whether a class is open that others stand under. */
  get isInside() {
    return this.#open !== null;
  }

  /** Show a schema with these classes chosen, from the top of its tree. */
  show(schema, chosen = new Set()) {
    this.#schema = schema;
    this.root.dataset.kind = schema.kind ?? "several";
    this.#open = null;
    this.#pick(closest(schema, chosen), { isComplete: false });
  }

  /** Do what the row with this number does (1…9); nothing where there is none. */
  toggle(number) {
    const row = this.list.children[number - 1];
    if (row && number <= NUMBERS) this.#press(row);
  }

  /** Go one level up; returns whether there was one. */
  up() {
    if (!this.isInside) return false;
    this.#enter(way(this.#schema, this.#open).at(-2) ?? null);
    return true;
  }

  /** Choose what was suggested and nothing else: {classes: [{key, score}]}; no classes mean fine. */
  accept(suggestion) {
    this.#open = null;
    this.#pick(closest(this.#schema, new Set(suggestion.classes.map((one) => one.key))), { isComplete: false });
  }

  // -- what a row does ----------------------------------------------------------------------------------------

  #press(button) {
    const { up, itself, class: key } = button?.dataset ?? {};
    if (up !== undefined) this.#enter(up || null);
    else if (itself) this.#choose(itself);
    else if (key && under(this.#schema, key).length) this.#enter(key);
    else if (key) this.#choose(key);
  }

  #enter(key) {
    this.#open = key;
    this.#paint();
  }

  /** Choose a class or take it back. What is closer stands for what is above it, and the other way round. */
  #choose(key) {
    const isSingle = this.#schema.kind === "single";
    const rest = isSingle ? [] : [...this.#picked].filter((one) => !this.#isOnOneWay(one, key));
    const isTakenBack = !isSingle && this.#picked.has(key);
    this.#open = null;
    this.#pick(isTakenBack ? rest : [...rest, key], { isComplete: isSingle });
  }

  #isOnOneWay(one, other) {
    return way(this.#schema, one).includes(other) || way(this.#schema, other).includes(one);
  }

  #pick(keys, { isComplete }) {
    this.#picked = new Set(keys);
    this.#paint();
    this.onChange({ chosen: this.chosen, isComplete });
  }

  // -- how it looks -------------------------------------------------------------------------------------------

  /** Rows are built when another level or schema is shown, and otherwise only marked: focus stays where it is. */
  #paint() {
    if (this.#painted.schema !== this.#schema.version || this.#painted.open !== this.#open) this.#build();
    for (const row of this.list.children) {
      const key = row.dataset.class;
      const isPressed = key ? this.chosen.has(key) : this.#picked.has(this.#open);
      row.setAttribute("aria-pressed", String(isPressed));
      if (key) row.querySelector(".class-closer").textContent = this.#pickedUnder(key);
    }
  }

  #build() {
    const isFocused = this.root.contains(document.activeElement) && document.activeElement.matches(":focus-visible");
    const rows = under(this.#schema, this.#open).map((one) => this.#classRow(one));
    if (this.isInside) rows.push(this.#itselfRow());
    rows.forEach((row, index) => (row.querySelector("kbd").textContent = index < NUMBERS ? index + 1 : ""));
    this.list.replaceChildren(...rows);
    this.#paintCrumbs();
    this.#painted = { schema: this.#schema.version, open: this.#open };
    // Whoever walks by Tab goes on at the first row of the new level.
    if (isFocused) rows[0]?.focus();
  }

  #classRow(one) {
    const row = this.row.content.firstElementChild.cloneNode(true);
    row.dataset.class = one.key;
    row.classList.toggle("has-closer", under(this.#schema, one.key).length > 0);
    row.querySelector(".class-name").textContent = one.name;
    return row;
  }

  #itselfRow() {
    const row = this.row.content.firstElementChild.cloneNode(true);
    row.dataset.itself = this.#open;
    const words = { name: nameOf(this.#schema, this.#open) };
    row.querySelector(".class-name").textContent = interpolate(gettext("%(name)s, nothing closer"), words);
    return row;
  }

  #pickedUnder(key) {
    const below = [...this.#picked].filter((one) => one !== key && way(this.#schema, one).includes(key));
    return listed(below.map((one) => nameOf(this.#schema, one)));
  }

  /** The way to the open class, and the step back from it. */
  #paintCrumbs() {
    const steps = this.isInside ? way(this.#schema, this.#open) : [];
    this.crumbs.hidden = !this.isInside;
    this.crumbs.querySelector("[data-up]").dataset.up = steps.at(-2) ?? "";
    this.crumbs.querySelector("[data-way]").textContent = steps.map((key) => nameOf(this.#schema, key)).join(" › ");
  }
}
