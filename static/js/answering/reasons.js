// This will offer the project's reason templates, those of the chosen classes first.

import { chooseByNumber } from "./numbered.js";

const byId = (id) => document.getElementById(id);

export class Reasons {
  #all = null;

  constructor({ leases, onChoose, onTrouble }) {
    Object.assign(this, { leases, onTrouble });
    this.dialog = byId("reasons");
    this.list = byId("reasons-list");
    chooseByNumber(this.dialog);
    this.list.addEventListener("click", (event) => {
      const row = event.target.closest("button");
      if (!row) return;
      this.dialog.close();
      onChoose(this.#all.find((one) => one.key === row.dataset.reason));
    });
  }

  /** Ask which reason it is; `chosen` are the class keys chosen so far. */
  async open(chosen) {
    try {
      this.#all ??= await this.leases.read("reasons/");
    } catch (error) {
      this.onTrouble(error);
      return;
    }
    const fits = ({ class_key: key }) => (key && chosen.includes(key) ? 0 : key ? 2 : 1);
    const offered = [...this.#all].sort((one, other) => fits(one) - fits(other));
    this.list.replaceChildren(...offered.map(row));
    byId("reasons-none").hidden = offered.length > 0;
    this.dialog.showModal();
  }
}

function row({ key, text }, index) {
  const button = byId("reason-row").content.firstElementChild.cloneNode(true);
  button.dataset.reason = key;
  button.querySelector("kbd").textContent = index < 9 ? index + 1 : "";
  button.querySelector("span").textContent = text;
  return button;
}
