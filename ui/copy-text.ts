/**
 * Puts a text on the clipboard; true when it is there. Without https, browsers have no `navigator.clipboard`: the text is
 * then copied from a field which stands in `place` for a moment, inside of the dialog that may be open.
 */
export async function copyText(text: string, place: Element): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyFromField(text, place);
  }
}

function copyFromField(text: string, place: Element): boolean {
  const focused = document.activeElement;
  const input = document.createElement('textarea');
  input.value = text;
  input.className = 'unseen';
  input.readOnly = true;
  place.append(input);
  input.select();
  // Deprecated, and the only way on a server that is reached without https.
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  const isCopied = document.execCommand('copy');
  input.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return isCopied;
}
