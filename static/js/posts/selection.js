// This will remember which posts are selected, from page to page, until the tab is closed.

const MOST = 500;

export class Selection extends EventTarget {
  #key;
  #picked;

  constructor(key) {
    super();
    this.#key = key;
    this.#picked = new Set(this.#kept());
    document.addEventListener("change", (event) => {
      if (event.target.matches(".pick")) this.set(event.target.value, event.target.checked);
    });
  }

  get posts() {
    return [...this.#picked].map(Number);
  }

  toggle(post) {
    this.set(post, !this.#picked.has(post));
  }

  set(post, isPicked) {
    if (isPicked && this.#picked.size < MOST) this.#picked.add(post);
    else this.#picked.delete(post);
    this.#changed();
  }

  /** Select everything on this page. */
  addPage() {
    for (const box of document.querySelectorAll(".pick")) {
      if (this.#picked.size < MOST) this.#picked.add(box.value);
    }
    this.#changed();
  }

  clear() {
    this.#picked.clear();
    this.#changed();
  }

  /** Mark what is selected among the posts shown. */
  show() {
    document.body.classList.toggle("is-picking", this.#picked.size > 0);
    for (const box of document.querySelectorAll(".pick")) {
      box.checked = this.#picked.has(box.value);
      box.closest("[data-post]").classList.toggle("is-picked", box.checked);
    }
    this.dispatchEvent(new Event("change"));
  }

  #changed() {
    try {
      sessionStorage.setItem(this.#key, JSON.stringify([...this.#picked]));
    } catch {
      // Storage can be switched off; the selection then ends with the page.
    }
    this.show();
  }

  #kept() {
    try {
      return JSON.parse(sessionStorage.getItem(this.#key) ?? "[]");
    } catch {
      return [];
    }
  }
}
