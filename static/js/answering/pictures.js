// This will fetch and decode the images of jobs ahead of time, so that the next one is painted at once.

export class Pictures {
  #kept = new Map();

  /** Return a promise of the job's decoded <img>; asking twice fetches once. Rejects if it cannot be loaded. */
  of(job) {
    return this.#once(job, "view", job.image_url);
  }

  /** The same at full size, which is fetched only for whoever looks closely. */
  fullOf(job) {
    return this.#once(job, "full", job.full_url);
  }

  forget(job) {
    this.#kept.delete(`view ${job.id}`);
    this.#kept.delete(`full ${job.id}`);
  }

  #once(job, kind, address) {
    const key = `${kind} ${job.id}`;
    if (!this.#kept.has(key)) this.#kept.set(key, decoded(address, job.title));
    return this.#kept.get(key);
  }
}

/** Return a promise of an <img> whose pixels are ready to paint. */
async function decoded(address, description) {
  const image = new Image();
  image.alt = description || "";
  image.draggable = false;
  image.src = address;
  await image.decode();
  return image;
}
