/** A style sheet that a shadow root can adopt: no policy of the page is asked about it. */
export function createSheet(styles: string): CSSStyleSheet {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(styles);
  return sheet;
}
