// This will let engineers try model versions: on a drawing, on an image they drop, and again on what was tried before.

import { post, postForm, remove } from "./api.js";
import { gettext, interpolate, ngettext, number } from "./language.js";
import { Sheet } from "./playground/canvas.js";

const find = (id) => document.getElementById(id);
const play = find("play");
const stage = find("stage");
const chosenKey = `second-look-playground-${document.documentElement.dataset.person}`;

const load = (address, target) => window.htmx.ajax("GET", address, { target, swap: "innerHTML" });
const showHistory = () => load(play.dataset.history, "#history");

function show(id) {
  history.replaceState(null, "", `${play.dataset.page}?image=${id}`);
  return load(`${play.dataset.page}${id}/`, "#result");
}

const boxes = () => [...document.querySelectorAll("[name=version]")];
const versions = () => boxes().filter((one) => one.checked).map((one) => Number(one.value));

function refuse(text) {
  find("refusal").textContent = text;
  find("refusal").hidden = !text;
}

/** Send a picture to be scored, and show what comes of it. */
async function score(blob, { isDrawn }) {
  refuse("");
  if (!versions().length) {
    refuse(gettext("Choose at least one version."));
    return;
  }
  const form = new FormData();
  form.append("image", blob, blob.name || "drawing.png");
  form.append("is_drawn", isDrawn);
  for (const one of versions()) form.append("versions", one);
  stage.classList.add("is-sending");
  try {
    const made = await postForm(play.dataset.api, form);
    await Promise.all([show(made.id), showHistory()]);
    find("run-all").hidden = false;
  } catch (error) {
    refuse(error.message);
  }
  stage.classList.remove("is-sending");
}

function takeFile(files) {
  const image = [...(files ?? [])].find((one) => one.type.startsWith("image/")) ?? files?.[0];
  if (image) score(image, { isDrawn: false });
  return Boolean(image);
}

function draw() {
  const sheet = new Sheet(find("canvas"));
  const choose = (color, button) => {
    sheet.color = color;
    for (const one of document.querySelectorAll("[data-color]")) one.setAttribute("aria-pressed", String(one === button));
  };
  sheet.addEventListener("change", () => {
    for (const id of ["undo", "clear", "score-drawing"]) find(id).disabled = sheet.isEmpty;
  });
  for (const one of document.querySelectorAll("[data-color]")) one.addEventListener("click", () => choose(one.dataset.color, one));
  find("color").addEventListener("input", (event) => choose(event.target.value, null));
  find("brush").addEventListener("input", (event) => {
    sheet.size = Number(event.target.value);
  });
  find("undo").addEventListener("click", () => sheet.undo());
  find("clear").addEventListener("click", () => sheet.clear());
  find("score-drawing").addEventListener("click", async () => score(await sheet.picture(), { isDrawn: true }));
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "z" && !sheet.isEmpty) {
      event.preventDefault();
      sheet.undo();
    }
  });
}

function drop() {
  find("file").addEventListener("change", (event) => {
    takeFile(event.target.files);
    event.target.value = "";
  });
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    stage.classList.add("is-over");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) stage.classList.remove("is-over");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    stage.classList.remove("is-over");
    takeFile(event.dataTransfer.files);
  });
  document.addEventListener("paste", (event) => {
    if (takeFile(event.clipboardData.files)) event.preventDefault();
  });
}

/** Remember the chosen versions; no more may be chosen than are asked at once. */
function choose() {
  const kept = JSON.parse(localStorage.getItem(chosenKey) ?? "null");
  if (kept) for (const one of boxes()) one.checked = kept.includes(Number(one.value));
  if (!versions().length && boxes()[0]) boxes()[0].checked = true;
  const limit = () => {
    const isFull = versions().length >= Number(play.dataset.most);
    for (const one of boxes()) one.disabled = isFull && !one.checked;
  };
  stage.addEventListener("change", (event) => {
    if (event.target.name !== "version") return;
    localStorage.setItem(chosenKey, JSON.stringify(versions()));
    limit();
  });
  limit();
}

const picked = () => [...document.querySelectorAll(".play-pick:checked")].map((one) => Number(one.value));

function countPicked() {
  const count = picked().length;
  find("run-picked").hidden = count === 0;
  const text = ngettext("%(n)s picked", "%(n)s picked", count);
  find("picked").textContent = count ? interpolate(text, { n: number(count) }) : "";
}

/** Ask the chosen versions about pictures of the history; null stands for all of it. */
async function again(images) {
  const said = find("run-said");
  try {
    const { asked } = await post(play.dataset.run, { images, versions: versions() });
    const text = ngettext("%(n)s question asked.", "%(n)s questions asked.", asked);
    said.textContent = asked ? interpolate(text, { n: number(asked) }) : gettext("These versions have scored them already.");
  } catch (error) {
    said.textContent = error.message;
  }
  said.hidden = false;
  const open = find("looked-at")?.dataset.image;
  await Promise.all([showHistory(), open ? show(open) : null]);
  countPicked();
}

async function forget(button) {
  button.disabled = true;
  try {
    await remove(button.dataset.delete);
    window.location.assign(play.dataset.page);
  } catch (error) {
    button.disabled = false;
    refuse(error.message);
  }
}

document.addEventListener("click", (event) => {
  const thumb = event.target.closest("[data-open-image]");
  const turn = event.target.closest("[data-turn]");
  const gone = event.target.closest("[data-delete]");
  if ((thumb || turn) && (event.ctrlKey || event.metaKey)) return;
  if (thumb) {
    event.preventDefault();
    show(thumb.closest("[data-image]").dataset.image);
    find("result").scrollIntoView({ block: "nearest" });
  } else if (turn) {
    event.preventDefault();
    load(turn.dataset.turn, "#history");
  } else if (gone) {
    forget(gone);
  }
});

// A history that refreshes itself keeps what is picked.
let kept = [];
document.addEventListener("htmx:beforeSwap", () => {
  kept = picked();
});
document.addEventListener("htmx:afterSettle", () => {
  for (const one of document.querySelectorAll(".play-pick")) one.checked ||= kept.includes(Number(one.value));
});

if (stage) {
  draw();
  drop();
  choose();
  document.addEventListener("change", (event) => {
    if (event.target.matches(".play-pick")) countPicked();
  });
  find("run-picked").addEventListener("click", () => again(picked()));
  find("run-all").addEventListener("click", () => again(null));
}
