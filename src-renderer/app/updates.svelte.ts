/** Notices that the page was rebuilt since this window was opened: its lazily loaded parts are gone then. */
class Updates {
  found = $state(false);

  /** Checks whether the page served now is still this one. */
  async check(): Promise<boolean> {
    const own = document.querySelector<HTMLScriptElement>('script[type="module"][src]');
    // In development there is no built script, and changes are applied by hot reloading.
    if (!own || !/\/assets\//.test(own.src)) return false;
    const answer = await fetch('/', { cache: 'no-store' });
    if (answer.ok) this.found = !(await answer.text()).includes(new URL(own.src).pathname.split('/').at(-1)!);
    return this.found;
  }

  /** Whatever makes the check fail is a broken connection, which is shown elsewhere. */
  checkQuietly(): void {
    this.check().catch((error: unknown) => console.warn(error));
  }
}

export const updates = new Updates();
