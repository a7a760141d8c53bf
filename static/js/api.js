// This will talk to the JSON API as the person whom the page was made for.

import { refusalInWords } from "./refusals.js";

const TIMEOUT_MILLISECONDS = 15000;

export const ANOTHER_PERSON = "another_person";

/** The server understood and said no; `code` is the stable part of its problem body, the message is for the reader. */
export class Refused extends Error {
  constructor(status, problem) {
    super(refusalInWords(problem ?? {}) || `HTTP ${status}`);
    this.status = status;
    this.code = problem?.code ?? "";
  }

  /** Whether the person is no longer signed in, somebody else is, or they are no longer allowed. */
  get isAboutThePerson() {
    return this.status === 401 || this.status === 403;
  }
}

/** The server did not answer, or broke down: nothing is known of what it did. */
export class Unreachable extends Error {}

function csrfToken() {
  const cookie = document.cookie.split("; ").find((one) => one.startsWith("csrftoken="));
  const field = document.querySelector("input[name=csrfmiddlewaretoken]");
  return cookie ? decodeURIComponent(cookie.slice("csrftoken=".length)) : (field?.value ?? "");
}

/** Another tab may sign somebody else in: the server then refuses what this page asks, in whose name it never was. */
function madeFor() {
  const { person } = document.documentElement.dataset;
  return person ? { "X-Person": person } : {};
}

/** GET JSON. Throws Refused or Unreachable. */
export const get = (address) => answerTo(address, { method: "GET" });

/** POST a JSON body; null where there is no answer. With `keepalive` the request outlives the page. */
export const post = (address, body = {}, { keepalive = false } = {}) =>
  answerTo(address, { method: "POST", body: JSON.stringify(body), keepalive });

/** POST a form, with a file or several. */
export const postForm = (address, form) => answerTo(address, { method: "POST", body: form });

/** DELETE what is at an address; null where there is no answer. */
export const remove = (address) => answerTo(address, { method: "DELETE" });

/** PATCH a JSON body. */
export const patch = (address, body) =>
  answerTo(address, { method: "PATCH", body: JSON.stringify(body), keepalive: true });

async function answerTo(address, request) {
  const response = await send(address, request);
  if (response.status === 204) return null;
  const isJson = (response.headers.get("content-type") ?? "").includes("json");
  const data = isJson ? await response.json().catch(() => null) : null;
  if (response.status >= 500) throw new Unreachable(data?.detail ?? `HTTP ${response.status}`);
  if (!response.ok) throw new Refused(response.status, data);
  return data;
}

async function send(address, request) {
  // A browser names a form's kind itself, with what parts its fields.
  const kind = request.body instanceof FormData ? {} : { "Content-Type": "application/json" };
  try {
    return await fetch(address, {
      ...request,
      credentials: "same-origin",
      headers: { ...kind, "X-CSRFToken": csrfToken(), ...madeFor() },
      signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
    });
  } catch (error) {
    throw new Unreachable(error.message);
  }
}
