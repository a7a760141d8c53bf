// This will let a person set how they are spared, how many images a page has, and how much of a kind is enough a day.

import { gettext } from "../language.js";

const byId = (id) => document.getElementById(id);

export class Comfort {
  constructor({ preferences, onOpen }) {
    this.preferences = preferences;
    this.onOpen = onOpen;
    this.dialog = byId("comfort");
    this.form = byId("comfort-form");
    this.form.addEventListener("input", () => this.#changed());
  }

  /** Open with the classes of the project, as the day's exposure names them: [{class_key, name, budget}]. */
  open(classes) {
    if (this.dialog.open) return;
    const { wellness, grid_size: size, exposure_budget: budgets } = this.preferences.value;
    for (const group of this.form.querySelectorAll("[data-relief]")) showRelief(group, wellness, classes);
    this.form.elements.grid_size.value = size;
    byId("grid-size-said").textContent = size;
    byId("budgets").hidden = classes.length === 0;
    byId("budget-rows").replaceChildren(...classes.map((one) => budgetRow(one, budgets)));
    this.dialog.showModal();
  }

  #changed() {
    const size = Number(this.form.elements.grid_size.value);
    byId("grid-size-said").textContent = size;
    const wellness = {};
    for (const group of this.form.querySelectorAll("[data-relief]")) {
      wellness[group.dataset.relief] = chosenRelief(group);
      group.querySelector("[data-classes]").hidden = !isForClasses(group);
    }
    this.preferences.change({ wellness, grid_size: size, exposure_budget: this.#budgets() });
  }

  /** Nothing in a field takes a budget away. */
  #budgets() {
    const fields = [...byId("budget-rows").querySelectorAll("input")].filter((one) => one.checkValidity());
    return Object.fromEntries(fields.map((one) => [one.dataset.class, one.value === "" ? null : Number(one.value)]));
  }
}

const isForClasses = (group) => group.querySelector("input[type=radio]:checked")?.value === "classes";

function chosenRelief(group) {
  if (!isForClasses(group)) return group.querySelector("input[type=radio]:checked").value;
  return [...group.querySelectorAll("[data-classes] input:checked")].map((one) => one.value);
}

function showRelief(group, wellness, classes) {
  const when = wellness[group.dataset.relief] ?? "never";
  const kind = Array.isArray(when) ? "classes" : when;
  group.querySelector(`input[value=${kind}]`).checked = true;
  const box = group.querySelector("[data-classes]");
  box.hidden = kind !== "classes";
  box.replaceChildren(...classes.map((one) => classBox(one, Array.isArray(when) && when.includes(one.class_key))));
}

function classBox({ class_key: key, name }, isChosen) {
  const label = byId("class-box").content.firstElementChild.cloneNode(true);
  const input = label.querySelector("input");
  Object.assign(input, { value: key, checked: isChosen });
  label.querySelector("span").textContent = name;
  return label;
}

function budgetRow({ class_key: key, name, seen, budget }, budgets) {
  const row = byId("budget-row").content.firstElementChild.cloneNode(true);
  const input = row.querySelector("input");
  row.querySelector("[data-name]").textContent = name;
  row.querySelector("[data-seen]").textContent = seen;
  input.dataset.class = key;
  input.value = budgets[key] ?? "";
  input.placeholder = budget ?? gettext("No limit");
  return row;
}
