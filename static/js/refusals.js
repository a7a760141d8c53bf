// This will say why the server refused something. The API gives its reasons in English, each with a stable code; for
// readers of another language there is a sentence for every code that a page can meet.

import { gettext } from "./language.js";

const isEnglish = document.documentElement.lang.startsWith("en");

const WORDS = {
  not_authenticated: () => gettext("You are signed out. Sign in again."),
  permission_denied: () => gettext("You are not allowed to do this."),
  another_person: () => gettext("Somebody else has signed in in this browser. Reload the page."),
  not_found: () => gettext("There is nothing here, or it is not yours to see."),
  invalid: () => gettext("Some of what was sent is not right."),
  bad_request: () => gettext("Some of what was sent is not right."),
  request_too_large: () => gettext("Too much was sent at once."),
  try_again: () => gettext("Somebody else was changing the same. Try again."),
  database_away: () => gettext("The database cannot be reached. Try again shortly."),
  internal_error: () => gettext("Something broke. The fault is ours."),
  lease_lost: () => gettext("This one is no longer yours: its time ran out, or it was answered or given back."),
  too_many_seats: () => gettext("You hold too many at once. Answer some, or give some back."),
  bad_answer: () => gettext("This answer does not fit the question."),
  bad_reason: () => gettext("This reason cannot be used here."),
  retraction_refused: () => gettext("This answer can no longer be taken back."),
  no_such_batch: () => gettext("These answers are not there, or not yours."),
  batch_conflict: () => gettext("Something else was sent under the same number already."),
  bad_order: () => gettext("This cannot be done to these posts."),
  illegal_transition: () => gettext("The post is in another state by now."),
  already_champion: () => gettext("This version is the champion already."),
  nothing_to_roll_back_to: () => gettext("No other version was champion before."),
  waiver_refused: () => gettext("This scorecard cannot be waived: a reason is missing, or it was waived already."),
  other_detector_decides: () => gettext("Another detector decides for this project already."),
  gate_missing: () => gettext("The gate has not measured this version yet."),
  gate_outdated: () => gettext("This version was measured against another champion. Measure it again."),
  gate_failed: () => gettext("This version failed the gate."),
  not_enough_data: () => gettext("The gate has not enough data. Somebody can waive that, with a reason."),
  not_failed: () => gettext("This run has neither failed nor been canceled."),
  not_running: () => gettext("This study is over by now."),
  not_in_flight: () => gettext("This run is over by now."),
  run_in_flight: () => gettext("The same run is waiting or under way already."),
  reason_missing: () => gettext("A reason is missing."),
  check_not_failed: () => gettext("This check has not failed."),
  already_waived: () => gettext("This check is waived already."),
  rescoring_in_flight: () => gettext("History is being re-scored with this version already."),
  not_under_way: () => gettext("This re-scoring neither waits nor runs by now."),
  not_stopped: () => gettext("This re-scoring was neither paused nor has it failed."),
  rescoring_over: () => gettext("This re-scoring is over by now."),
  still_comparing: () => gettext("The comparison is not over yet."),
  no_flips: () => gettext("There are no such posts."),
  sending_in_flight: () => gettext("Some of these are being sent to review right now."),
  sending_conflict: () => gettext("Something else was sent under the same number already."),
  playground_full: () => gettext("The playground is full. Delete some pictures first."),
  playground_busy: () => gettext("Very many questions wait already. Come back in a moment."),
  bad_versions: () => gettext("Choose at least one version, and not too many."),
  empty_image: () => gettext("The image is empty."),
  image_too_large: () => gettext("The image is too large."),
  not_an_image: () => gettext("Not a JPEG, PNG, WebP or GIF image."),
  polyglot: () => gettext("The image also reads as another kind of file."),
  too_many_pixels: () => gettext("The image has too many pixels."),
  animated_image: () => gettext("The file has several frames; only still images are taken."),
  needs_go: () => gettext("The machine was stopped. A policy that acts needs a new go first."),
  unknown_preference: () => gettext("This cannot be kept as a preference."),
  bad_preference: () => gettext("This cannot be kept as a preference."),
};

/** Return a refusal's reason, given its problem body ({code, detail}), in the language of the page. */
export function refusalInWords({ code = "", detail = "" }) {
  return isEnglish && detail ? detail : (WORDS[code]?.() ?? detail);
}
