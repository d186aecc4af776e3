/** Rows fetched at once. */
export const pageSize = 200;
/** Pages kept: 6,000 rows, far more than a screen shows, far fewer than a large dataset has. */
const kept = 30;

/** Rows of a long list, fetched page by page as they are looked at; the least recently looked at are let go. */
export class Pages<Row> {
  readonly #load: (offset: number, limit: number) => Promise<readonly Row[]>;
  readonly #onChange: () => void;
  /** In order of use, the last used last. */
  readonly #pages = new Map<number, readonly Row[]>();
  readonly #underWay = new Set<number>();
  readonly #failed = new Map<number, unknown>();

  /** @param onChange is told when rows have come or could not come. */
  constructor(load: (offset: number, limit: number) => Promise<readonly Row[]>, onChange: () => void) {
    this.#load = load;
    this.#onChange = onChange;
  }

  /** The row, or undefined while it is not there. */
  at(index: number): Row | undefined {
    return this.#pages.get(Math.floor(index / pageSize))?.[index % pageSize];
  }

  /** Why rows could not come, or undefined. */
  get error(): unknown {
    return this.#failed.values().next().value;
  }

  /** Sees that the rows from `first` to before `end` come. */
  want(first: number, end: number): void {
    for (let page = Math.floor(first / pageSize); page * pageSize < end; page++) {
      const rows = this.#pages.get(page);
      if (rows) {
        this.#pages.delete(page);
        this.#pages.set(page, rows);
      } else if (!this.#underWay.has(page) && !this.#failed.has(page)) void this.#fetch(page);
    }
  }

  /** Lets pages that could not come be tried again. */
  retry(): void {
    this.#failed.clear();
  }

  async #fetch(page: number): Promise<void> {
    this.#underWay.add(page);
    try {
      this.#pages.set(page, await this.#load(page * pageSize, pageSize));
      for (const oldest of this.#pages.keys()) {
        if (this.#pages.size <= kept) break;
        this.#pages.delete(oldest);
      }
    } catch (error) {
      this.#failed.set(page, error);
    } finally {
      this.#underWay.delete(page);
      this.#onChange();
    }
  }
}
