/** Notices that the page was built anew since this window was opened: its parts that are loaded late have gone then. */
class Updates {
  found = $state(false);

  /** Looks whether what is served now is still this page. */
  async look(): Promise<boolean> {
    const own = document.querySelector<HTMLScriptElement>('script[type="module"][src]');
    // While developing there is no built script, and what changes is put in place by itself.
    if (!own || !/\/assets\//.test(own.src)) return false;
    const answer = await fetch('/', { cache: 'no-store' });
    if (answer.ok) this.found = !(await answer.text()).includes(new URL(own.src).pathname.split('/').at(-1)!);
    return this.found;
  }

  /** Whatever keeps it from being looked at is told elsewhere: the connection is broken then. */
  lookQuietly(): void {
    this.look().catch((error: unknown) => console.warn(error));
  }
}

export const updates = new Updates();
