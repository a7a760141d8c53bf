// This will fetch and decode the images of jobs ahead of time, so that the next one is painted at once.

export class Pictures {
  #kept = new Map();

  /** Return a promise of the job's decoded <img>; asking twice fetches once. Rejects if it cannot be loaded. */
  of(job) {
    if (!this.#kept.has(job.id)) this.#kept.set(job.id, decoded(job.image_url, job.title));
    return this.#kept.get(job.id);
  }

  forget(job) {
    this.#kept.delete(job.id);
  }
}

/** Return a promise of an <img> whose pixels are ready to paint. */
export async function decoded(address, description) {
  const image = new Image();
  image.alt = description || "";
  image.draggable = false;
  image.src = address;
  await image.decode();
  return image;
}
