// This will show the guideline of a schema beside the image: what each class means, with examples.

import { gettext } from "../language.js";
import { under, way } from "./class_tree.js";

// Narrower than this there is no room beside the image, and the guideline covers it.
const BESIDE = window.matchMedia("(min-width: 768px)");

export class Guidelines {
  #schema = null;
  #built = null;

  /** `spare(element, classes)` is told of every example that breaks a rule, and of which classes it is. */
  constructor({ button, dialog, spare = () => {} }) {
    Object.assign(this, { button, dialog, spare });
    this.body = dialog.querySelector("[data-body]");
    this.templates = Object.fromEntries(
      [...dialog.querySelectorAll("template")].map((one) => [one.dataset.of, one.content.firstElementChild]),
    );
    dialog.addEventListener("close", () => this.#mark());
    dialog.addEventListener("keydown", (event) => event.key.toLowerCase() === "g" && this.#closeByKey(event));
    this.body.addEventListener("click", (event) => this.#enlarge(event.target.closest(".example")));
  }

  get isOpen() {
    return this.dialog.open;
  }

  /** Take the schema of the job that is shown; what is open follows it. */
  show(schema) {
    this.#schema = schema;
    if (this.isOpen) this.#build();
  }

  toggle() {
    if (this.isOpen) this.dialog.close();
    else if (this.#schema) this.#openIt();
  }

  /** Close it; returns whether it was open. */
  close() {
    const wasOpen = this.isOpen;
    if (wasOpen) this.dialog.close();
    return wasOpen;
  }

  #openIt() {
    this.#build();
    const focused = document.activeElement === document.body ? document.querySelector("main") : document.activeElement;
    if (BESIDE.matches) {
      this.dialog.show();
      // The desk keeps its keys: people look something up while they answer.
      focused.focus({ preventScroll: true });
    } else this.dialog.showModal();
    this.#mark();
  }

  #closeByKey(event) {
    event.preventDefault();
    event.stopPropagation();
    this.dialog.close();
  }

  #mark() {
    this.button.setAttribute("aria-expanded", String(this.isOpen));
    document.body.classList.toggle("has-guidelines", this.isOpen);
  }

  // -- how it looks -------------------------------------------------------------------------------------------

  #build() {
    const facts = JSON.stringify([this.#schema.version, this.#schema.examples ?? []]);
    if (this.#built === facts) return;
    this.#built = facts;
    const { guideline } = this.#schema;
    this.body.replaceChildren(
      ...(guideline ? [this.#text(guideline)] : []),
      ...this.#sections(null, 0),
      ...this.#examples(null),
    );
  }

  /** Sections in the order of the tree, each class before those under it. */
  #sections(parent, depth) {
    return under(this.#schema, parent).flatMap((one) => [this.#section(one, depth), ...this.#sections(one.key, depth + 1)]);
  }

  #section(one, depth) {
    const section = this.templates.class.cloneNode(true);
    section.dataset.depth = Math.min(depth, 3);
    section.querySelector("h3").textContent = one.name;
    section.append(...(one.guideline ? [this.#text(one.guideline)] : []), ...this.#examples(one.key));
    return section;
  }

  #text(words) {
    const text = document.createElement("p");
    text.className = "guidelines-text";
    text.textContent = words;
    return text;
  }

  #examples(key) {
    const all = (this.#schema.examples ?? []).filter((one) => one.class_key === key);
    const groups = [
      [gettext("Breaks the rule"), "bad", all.filter((one) => one.is_violation)],
      [gettext("Fine"), "good", all.filter((one) => !one.is_violation)],
    ];
    return groups.filter(([, , some]) => some.length).map(([title, tone, some]) => this.#group(title, tone, some));
  }

  #group(title, tone, examples) {
    const group = this.templates.group.cloneNode(true);
    group.dataset.tone = tone;
    group.querySelector("h4").textContent = title;
    group.querySelector(".examples").append(...examples.map((one) => this.#example(one)));
    return group;
  }

  #example(one) {
    const example = this.templates.example.cloneNode(true);
    const image = example.querySelector("img");
    Object.assign(image, { src: one.thumbnail_url ?? one.image_url, alt: one.caption || gettext("Example") });
    image.dataset.large = one.image_url;
    example.querySelector(".example-caption").textContent = one.caption;
    this.spare(example, one.is_violation && one.class_key ? way(this.#schema, one.class_key) : []);
    return example;
  }

  /** Show one example over the full width, or small again. */
  #enlarge(example) {
    if (!example) return;
    const isLarge = example.classList.toggle("is-large");
    example.setAttribute("aria-pressed", String(isLarge));
    const image = example.querySelector("img");
    if (isLarge) image.src = image.dataset.large;
  }
}
