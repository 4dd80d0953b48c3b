/**
 * Opens and closes a native dialog: beside the page, or (full screen) modal, which makes the page behind it inert.
 * Opened by a hand, it takes the focus; opened by itself on page load, it leaves the focus where it is.
 */
interface DialogState {
  readonly isOpen: boolean;
  readonly isModal: boolean;
  readonly takesFocus: boolean;
}

export function syncDialog(dialog: HTMLDialogElement, { isOpen, isModal, takesFocus }: DialogState): void {
  const isWrongKind = dialog.open && dialog.matches(':modal') !== isModal;
  if (dialog.open && (!isOpen || isWrongKind)) dialog.close();
  if (!isOpen || dialog.open) return;
  if (isModal) dialog.showModal();
  else if (takesFocus) dialog.show();
  else dialog.setAttribute('open', '');
}
