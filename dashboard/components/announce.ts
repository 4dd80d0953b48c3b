/** Says a sentence to a screen reader, and to nobody else. */
export function announce(sentence: string): void {
  dispatchEvent(new CustomEvent('dashboard-announce', { detail: sentence }));
}
