// This will follow a re-scoring: pause, resume and cancel it, turn its galleries, send what flips to review.

import { post } from "./api.js";
import { gettext, interpolate, ngettext, number } from "./language.js";
import { carryOutMoves } from "./moves.js";
import { uuid } from "./uuid.js";

const find = (id) => document.getElementById(id);
const gallery = find("gallery");
const form = find("send-form");

/** Ask for the page's live part now, and for the gallery where it has changed. */
const refresh = () => window.htmx.ajax("GET", window.location.pathname, { target: "#history-live", swap: "outerHTML" });

/** Show a gallery without leaving the page; what is shown is in the address, so that it can be passed on. */
async function turn(address, { keeps = true } = {}) {
  if (keeps) history.replaceState(null, "", address.split("#")[0]);
  await window.htmx.ajax("GET", `${gallery.dataset.url}${address.split("#")[0]}`, { target: "#gallery", swap: "innerHTML" });
}

document.addEventListener("click", async (event) => {
  const move = event.target.closest("[data-do]");
  const link = event.target.closest("#gallery .class-tabs a, #gallery .pages a");
  const sender = event.target.closest("[data-send]");
  if (move) {
    move.disabled = true;
    // A refusal means that it is in another state by now, which is what comes to be shown.
    await post(move.dataset.do).catch(() => null);
    await refresh();
  } else if (link && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    await turn(link.getAttribute("href"));
    gallery.scrollIntoView({ block: "start" });
  } else if (sender) {
    openSend(sender.dataset.send);
  }
});

let counted = find("history-live").dataset.flips;

// While flips are being found the first page of a gallery follows; whoever has turned a page is left to look.
document.addEventListener("htmx:afterSwap", () => {
  const now = find("history-live").dataset.flips;
  if (now === counted || new URLSearchParams(window.location.search).get("cursor")) return;
  counted = now;
  turn(window.location.search || "?", { keeps: false });
});

function openSend(kind) {
  form.dataset.kind = kind;
  const total = Number(find(`n-${kind}`).textContent.replace(/\D/g, ""));
  find("send-all").textContent = interpolate(ngettext("The only one", "All %(n)s", total), { n: number(total) });
  for (const choice of form.querySelectorAll("[data-least]")) choice.hidden = Number(choice.dataset.least) >= total;
  const fitting = [...form.querySelectorAll("[name=sample]")].find((one) => !one.closest("[hidden]"));
  fitting.checked = true;
  find("send-refusal").hidden = true;
  find("send").showModal();
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("[type=submit]");
  const said = new FormData(form);
  button.disabled = true;
  try {
    const sample = said.get("sample") ? Number(said.get("sample")) : null;
    await post(form.dataset.api, { kind: form.dataset.kind, sample, reason: said.get("reason"), batch_id: form.dataset.batch });
    // What is sent next is another order; one whose answer was lost is sent again as the same.
    form.dataset.batch = uuid();
    find("send").close();
    await refresh();
  } catch (error) {
    find("send-refusal").textContent = error.message || gettext("Something broke. The fault is ours.");
    find("send-refusal").hidden = false;
  }
  button.disabled = false;
});

carryOutMoves();
