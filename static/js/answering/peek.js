// This will show one image of a page large, above the others.

export class Peek {
  #job = null;

  constructor({ view, stage, pictures }) {
    Object.assign(this, { view, stage, pictures });
  }

  get isOpen() {
    return this.view.desk.dataset.peek === "on";
  }

  open() {
    this.view.desk.dataset.peek = "on";
  }

  close() {
    delete this.view.desk.dataset.peek;
    this.#job = null;
    this.stage.clear();
  }

  /** Show a job's image, and have the next one ready. */
  async show(job, { next }) {
    this.#job = job;
    if (next) this.pictures.of(next).catch(() => {});
    const image = await this.pictures.of(job).catch(() => null);
    if (this.#job !== job) return;
    if (image) this.stage.paint(job, image);
    else this.stage.fail(() => this.#again(job, { next }));
  }

  #again(job, more) {
    this.pictures.forget(job);
    this.show(job, more);
  }
}
