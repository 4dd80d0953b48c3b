import type { TemplateResult } from 'lit';

export interface Confirmation {
  readonly heading: string;
  /** What will happen, in a sentence or two. */
  readonly content: TemplateResult | string;
  readonly confirmLabel: string;
  readonly cancelLabel?: string;
  /** The action takes something away for good. */
  readonly isDanger?: boolean;
  /** What the person must type first, such as the name of what is deleted. */
  readonly typed?: string;
  /** Done while the dialog waits. When it throws, the dialog shows the error and stays. */
  readonly run?: () => Promise<unknown>;
}

export interface ConfirmationRequest {
  readonly confirmation: Confirmation;
  readonly answer: (isConfirmed: boolean) => void;
}

/** Asks in a dialog (`confirm-dialog.ts` draws it). True: confirmed, and `run` is done. False: closed without. */
export function askToConfirm(confirmation: Confirmation): Promise<boolean> {
  return new Promise((answer) => {
    dispatchEvent(new CustomEvent<ConfirmationRequest>('dashboard-confirm', { detail: { confirmation, answer } }));
  });
}
