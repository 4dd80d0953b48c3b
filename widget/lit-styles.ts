/** What the build gives to Lit as its `css-tag.js`: the widget adopts its style sheets itself, in every browser of the floor. */
export { css, CSSResult, supportsAdoptingStyleSheets, unsafeCSS } from '@lit/reactive-element/css-tag.js';

export function getCompatibleStyle(): void {
  // Nothing comes here.
}

export function adoptStyles(): void {
  // There is nothing to adopt.
}
