// This will compute how an image lies on the stage when it is looked at closely. Pure: numbers in, numbers out.
//
// A view is {scale, x, y}: scale 1 is the image fitted to the stage, x and y are how far its middle is from the
// stage's middle, in CSS pixels.

export const FITTED = Object.freeze({ scale: 1, x: 0, y: 0 });
const CLOSEST = 8;

/** Return the size at which a picture of this natural size fits a stage. */
export function fitted(natural, stage) {
  const share = Math.min(stage.width / natural.width, stage.height / natural.height);
  return { width: natural.width * share, height: natural.height * share };
}

/** Return the scale at which one pixel of the full image is one pixel of the screen. */
export const pixelScale = (full, fit, density) => full.width / density / fit.width;

/** Return a scale within bounds: never smaller than the fit or its pixels, never closer than eight screens of them. */
export function bounded(scale, pixels) {
  return Math.min(Math.max(CLOSEST, pixels * CLOSEST), Math.max(Math.min(1, pixels), scale));
}

/** Zoom so that what lies under a point, given from the stage's middle, stays under it. */
export function zoomedAt(view, scale, point) {
  const share = scale / view.scale;
  return { scale, x: point.x - (point.x - view.x) * share, y: point.y - (point.y - view.y) * share };
}

/** Keep the image's edges from being dragged into the stage. */
export function kept(view, fit, stage) {
  const reach = (size, room) => Math.max(0, (size * view.scale - room) / 2);
  const across = reach(fit.width, stage.width);
  const down = reach(fit.height, stage.height);
  return { scale: view.scale, x: clamp(view.x, across), y: clamp(view.y, down) };
}

const clamp = (value, most) => Math.min(most, Math.max(-most, value));
