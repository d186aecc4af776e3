/** Results of the newest few jobs. */
export class Newest<Result> {
  readonly #most: number;
  readonly #kept = new Map<string, Result>();

  constructor(most: number) {
    this.#most = most;
  }

  get(jobId: string): Result | undefined {
    return this.#kept.get(jobId);
  }

  set(jobId: string, result: Result): void {
    this.#kept.set(jobId, result);
    for (const old of [...this.#kept.keys()].slice(0, -this.#most)) this.#kept.delete(old);
  }
}
