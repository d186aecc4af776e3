import type { Attachment } from 'svelte/attachments';

/**
 * Hides an `<img>` whose source has changed until the new picture is there: a browser goes on showing the old one, which
 * would be read under the new one's name. @param src its source; a change runs the attachment again
 */
export const hideUntilLoaded =
  (src: string): Attachment<HTMLImageElement> =>
  (img) => {
    void src;
    const update = (): void => void img.classList.toggle('late-picture', !img.complete);
    update();
    const ends = ['load', 'error'] as const;
    for (const end of ends) img.addEventListener(end, update);
    return () => {
      for (const end of ends) img.removeEventListener(end, update);
    };
  };
