export interface Toast {
  /** One sentence. */
  readonly message: string;
  readonly kind?: 'news' | 'problem';
  /** A button beside it, such as Undo; using it closes the toast. */
  readonly action?: { readonly label: string; readonly run: () => void };
  /** A new toast takes the place of the one with the same subject. */
  readonly subject?: string;
}

/** Shows a short message for some seconds (`toast-region.ts` draws it). Never for what a person must not miss. */
export function toast(toast: Toast): void {
  dispatchEvent(new CustomEvent<Toast>('dashboard-toast', { detail: toast }));
}
